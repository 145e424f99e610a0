// attest: what an attestation document says, and whether a policy accepts it.
#include "attestation/evidence.h"
#include "base/file.h"
#include "glovebox/claims_json.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"
#include "verifier/policy_toml.h"

namespace glovebox::app {
namespace {
constexpr std::size_t file_size_max = std::size_t{1} << 20;

bool is_message(View bytes) {  // ["glovebox evidence v1", ...] or a bare document of the platform?
  cbor::Reader in(bytes, cbor::Form::foreign);
  in.array(16);
  return in.ok() && in.peek() == cbor::Type::tstr;
}

Status show(const AttestShow& options) {
  GLOVEBOX_TRY(bytes, read_file(options.file, file_size_max));
  if (is_message(bytes)) {
    GLOVEBOX_TRY(evidence, attestation::Evidence::parse(bytes));
    say(json_output() ? claims_json(evidence) : verifier::describe(evidence));
    return {};
  }
  GLOVEBOX_TRY(document, attestation::parse_unverified(bytes));
  say(json_output() ? claims_json(document) : verifier::describe(document));
  return {};
}

Result<verifier::AttestationResult> verify(const AttestVerify& options) {
  GLOVEBOX_TRY(policy, load_policy(options.policy));
  GLOVEBOX_TRY(bytes, read_file(options.file, file_size_max));
  Time at = system_now();
  if (!options.at.empty()) {
    const auto named = from_rfc3339(options.at);
    if (!named) return fail(Reject::usage, "--at " + options.at, named.error().expected);
    at = *named;
  }
  std::optional<Bytes> nonce;
  if (!options.nonce.empty()) {
    auto given = from_hex(options.nonce);
    if (!given) return fail(Reject::usage, "--nonce " + options.nonce, "hex digits, two for each byte");
    nonce = std::move(*given);
  }
  if (!is_message(bytes)) {
    const std::optional<View> wanted = nonce ? std::optional<View>(*nonce) : std::nullopt;
    return verifier::appraise_document(bytes, policy.evidence, at, wanted);
  }
  GLOVEBOX_TRY(evidence, attestation::Evidence::parse(bytes));
  if (!nonce)
    return fail(Reject::usage, "an evidence message and no nonce", "--nonce, the one it was asked for with",
                "without it, evidence may be old or somebody else's");
  GLOVEBOX_TRY(purpose,
               attestation::purpose_from_name(options.purpose));  // the verifier's word, never the message's own
  verifier::Expected expected{.purpose = purpose};
  GLOVEBOX_TRY(wanted, fixed<attestation::nonce_size>(*nonce));
  expected.nonce = wanted;
  return verifier::appraise(evidence, expected, policy.evidence, at);
}
}  // namespace

int run(const AttestShow& options) {
  if (const auto shown = show(options); !shown) return report_error("glovebox", shown.error(), Sent::unsaid);
  return 0;
}

int run(const AttestVerify& options) {
  const auto result = verify(options);
  if (!result) {
    if (!json_output() && exit_code(result.error().reason) == Exit::evidence_refused)
      say(verifier::explain(result.error()));
    return report_error("glovebox", result.error(), Sent::unsaid);
  }
  say(json_output() ? result_json(*result) : verifier::explain(*result));
  return 0;
}
}  // namespace glovebox::app
