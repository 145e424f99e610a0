#include "receipt/verify.h"

namespace glovebox::receipt {
namespace {
Status refuse(std::string found, std::string expected = {}) {
  return fail(Reject::receipt_invalid, std::move(found), std::move(expected));
}
}  // namespace

Result<Receipt> open_under(const attestation::Evidence& evidence, View signed_receipt) {
  const auto* context = std::get_if<attestation::ClientContext>(&evidence.context);
  if (!context) return same(refuse("evidence for " + std::string(attestation::name(evidence.purpose())), "client"));
  const attestation::Key* key = evidence.keys.find(attestation::role_receipt);
  if (!key || key->algorithm != attestation::algorithm_ed25519)
    return same(refuse("evidence without an Ed25519 receipt key", "one"));
  const auto bytes = fixed<32>(key->public_key);
  if (!bytes) return same(refuse("a receipt key of another size", "32 bytes"));
  GLOVEBOX_TRY(receipt, Receipt::open(signed_receipt, {*bytes}));
  if (!equal(receipt.binding, evidence.binding().view()))
    return same(refuse("a receipt that names other evidence", "the evidence beside it"));
  if (!std::ranges::contains(context->models, receipt.model_digest))
    return same(refuse("model " + to_hex(receipt.model_digest), "a model of the evidence"));
  return receipt;
}

Status check_expected(const Receipt& receipt, const Expected& expected) {
  const auto same_digest = [](std::string_view field, const Digest& found, const Digest& wanted) -> Status {
    if (found == wanted) return {};
    return refuse("another " + std::string(field) + ", " + to_hex(found), to_hex(wanted));
  };
  GLOVEBOX_CHECK(same_digest("request", receipt.request_digest, expected.request_digest));
  GLOVEBOX_CHECK(same_digest("parameters", receipt.parameters_digest, expected.parameters_digest));
  GLOVEBOX_CHECK(same_digest("model", receipt.model_digest, expected.model_digest));
  const auto text = [](const std::optional<Digest>& digest) { return digest ? to_hex(*digest) : "none"; };
  if (receipt.policy_digest != expected.policy_digest)
    return refuse("another release policy, " + text(receipt.policy_digest), text(expected.policy_digest));
  if (receipt.release.has_value() != expected.broker.has_value())
    return refuse(receipt.release ? "a key release" : "no key release", receipt.release ? "none" : "one");
  if (receipt.release && receipt.release->broker != *expected.broker)
    return refuse("a release of broker " + to_hex(receipt.release->broker.bytes), to_hex(expected.broker->bytes));
  if (receipt.development != expected.development)
    return refuse(receipt.development ? "a development receipt" : "a production receipt",
                  expected.development ? "development" : "production");
  return {};
}

Status check_commitments(const Receipt& receipt, const Disclosure& disclosure, const Digest& input_digest, View output,
                         View quality) {
  GLOVEBOX_CHECK(check_input(receipt, disclosure.key_input, input_digest));
  GLOVEBOX_CHECK(check_output(receipt, disclosure.key_output, output));
  return check_quality(receipt, disclosure.key_quality, quality);
}
}  // namespace glovebox::receipt
