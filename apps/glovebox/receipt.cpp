// receipt: verifies a kept receipt offline, as somebody who was not there.
#include <nlohmann/json.hpp>

#include "attestation/nitro_document.h"
#include "base/file.h"
#include "glovebox/collateral.h"
#include "glovebox/kept_receipt.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "receipt/verify.h"
#include "report/text.h"

namespace glovebox::app {
namespace {
constexpr std::string_view kept_label = "glovebox kept receipt v1";
constexpr std::size_t kept_max = 65536;
constexpr std::size_t receipt_max = 4096;
constexpr std::int64_t clock_slack = 60 * std::int64_t{1000};  // ms
// A key waits 10 minutes for its request; no configuration lets a request last more than a day.
constexpr std::int64_t receipt_age_max = (600 + 86'400) * std::int64_t{1000};  // ms

// check_claims holds what the receipt says against the evidence and the policy: the enclave signed it, but its broker
// and its kind of platform are only as good as somebody's having looked.
Status check_claims(const receipt::Receipt& receipt, const verifier::AttestationResult& result,
                    const verifier::EvidencePolicy& policy) {
  if (receipt.development != result.development)
    return fail(
        Reject::receipt_invalid,
        receipt.development ? "a receipt of a development enclave" : "a receipt that hides a development enclave",
        "what the evidence says");
  const std::int64_t age = receipt.time.milliseconds - result.time.milliseconds;
  if (age < -clock_slack || age > receipt_age_max)
    return fail(Reject::receipt_invalid, "a receipt of " + to_rfc3339(receipt.time),
                "one of a request to an enclave key of " + to_rfc3339(result.time));
  if (policy.brokers.empty()) return {};
  if (!receipt.release) return fail(Reject::receipt_invalid, "no key release", "one by a broker that the policy pins");
  if (policy.broker(receipt.release->broker) == nullptr)
    return fail(Reject::broker_unknown, to_hex(receipt.release->broker.bytes), "a broker that the policy pins");
  return {};
}

Status verify(const ReceiptVerify& options) {
  GLOVEBOX_TRY(policy, load_policy(options.policy));
  GLOVEBOX_TRY(file, read_file(options.file, kept_max));
  auto read = parse_kept_receipt(file);
  if (!read)
    return fail(read.error().reason, read.error().found, read.error().expected,
                "`glovebox score --receipt FILE` keeps one with its evidence");
  const KeptReceipt& kept = *read;
  // The evidence is old by now: it is appraised as of its own time, which its platform signed, and the receipt must be
  // of about then. Its nonce was the client's, whom we do not know; what ties the two is the receipt key that the
  // evidence binds.
  GLOVEBOX_TRY(cose, crypto::parse_cose_sign1_unverified(kept.receipt, cbor::Form::strict));
  GLOVEBOX_TRY(claimed, receipt::Receipt::parse(cose.payload));
  Time at = claimed.time;
  if (const auto document = attestation::parse_unverified(kept.evidence.document)) at = document->claims.timestamp;
  if (!options.at.empty()) {
    const auto named = from_rfc3339(options.at);
    if (!named) return fail(Reject::usage, "--at " + options.at, named.error().expected);
    at = *named;
  }
  GLOVEBOX_TRY(nonce, fixed<attestation::nonce_size>(kept.evidence.nonce));
  GLOVEBOX_TRY(collateral, read_collateral(options.collateral));
  GLOVEBOX_TRY(result, verifier::appraise(kept.evidence, {.purpose = attestation::Purpose::client, .nonce = nonce},
                                          policy.evidence, at, collateral));
  GLOVEBOX_TRY(receipt, receipt::open_under(kept.evidence, kept.receipt));
  GLOVEBOX_CHECK(check_claims(receipt, result, policy.evidence));
  if (json_output()) {
    const nlohmann::ordered_json out = {{"code", "ok"},
                                        {"request", to_hex(receipt.request_digest)},
                                        {"model", to_hex(receipt.model_digest)},
                                        {"time", to_rfc3339(receipt.time)},
                                        {"version", result.version},
                                        {"use_count", receipt.use_count},
                                        {"development", result.development},
                                        {"unchecked", result.unchecked}};
    say(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return {};
  }
  say("receipt   good: signed by a key that the evidence binds to version " + result.version + " on " +
      result.platform);
  if (result.development) say("          " + std::string(report::development_notice));
  say("time      " + to_rfc3339(receipt.time) + " by the clock of " + receipt.time_source);
  say("request   " + to_hex(receipt.request_digest));
  say("model     " + to_hex(receipt.model_digest));
  if (receipt.policy_digest) say("released  under the policy with digest " + to_hex(*receipt.policy_digest));
  if (receipt.release)
    say("release   by broker " + to_hex(receipt.release->broker.bytes) + ", use " +
        std::to_string(receipt.release->use));
  say("use count " + receipt.use_count);
  say("leakage   " + receipt.leakage);
  for (const auto& what : result.unchecked) say("unchecked " + what + " of the evidence, as the policy says");
  if (receipt.release && policy.evidence.brokers.empty()) say("unchecked whose broker that is: the policy pins none");
  say("unchecked who asked, and under which release rules: the request and its policy are with their owner");
  say("unchecked input, output and quality: their owner can disclose each; inclusion in a log: there is none yet");
  return {};
}
}  // namespace

Bytes keep_receipt(const client::Scored& scored) {
  return cbor::Writer()
      .document(kept_label, 3)
      .bstr(scored.signed_receipt)
      .bstr(scored.enclave.evidence.encode())
      .take();
}

Result<KeptReceipt> parse_kept_receipt(View file) {
  cbor::Reader in(file);
  in.document(kept_label, 3);
  const View receipt = in.bstr(receipt_max);
  const View evidence = in.bstr(attestation::evidence_size_max);
  GLOVEBOX_CHECK(in.finish());
  GLOVEBOX_TRY(message, attestation::Evidence::parse(evidence));
  return KeptReceipt{.receipt = to_bytes(receipt), .evidence = std::move(message)};
}

int run(const ReceiptVerify& options) {
  if (const auto done = verify(options); !done) return report_error("glovebox", done.error(), Sent::unsaid);
  return 0;
}
}  // namespace glovebox::app
