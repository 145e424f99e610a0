#include "client/answer_check.h"

#include "crypto/hash.h"
#include "protocol/answer.h"
#include "receipt/disclosure.h"

namespace glovebox::client {
namespace {
std::unexpected<Error> not_ours(std::string found, std::string expected) {
  return fail(Reject::answer_unauthentic, std::move(found), std::move(expected),
              "the host, or somebody on the way, sent another answer than your enclave's");
}

// names_the_same: two messages about the same keys, for the same nonce, in the same context. The platform's document
// may be another one: of an ECDSA signature anyone can make a second, so that its bytes identify nothing.
bool names_the_same(View message, const attestation::Evidence& appraised) {
  auto other = attestation::Evidence::parse(message);
  if (!other) return false;
  other->document = appraised.document;
  return *other == appraised;
}

enum class Kind { score, refusal };

Status check_receipt(const receipt::Receipt& receipt, const AnswerContext& context, const Enclave& enclave, Kind kind) {
  const auto wrong = [](std::string_view what) {
    return fail(Reject::receipt_invalid, "a receipt of another " + std::string(what), "this request's");
  };
  if (receipt.request_digest != context.request_digest) return wrong("request");
  if (receipt.parameters_digest != context.parameters_digest) return wrong("set of parameters");
  if (receipt.model_digest != context.model.digest) return wrong("model");
  if (receipt.policy_digest != context.policy_digest) return wrong("release policy");
  if (!enclave.result.binding || !equal(receipt.binding, enclave.result.binding->view())) return wrong("enclave key");
  if (receipt.development != enclave.result.development)
    return fail(
        Reject::receipt_invalid,
        receipt.development ? "a receipt of a development enclave" : "a receipt that hides a development enclave",
        "what the evidence says");
  if (context.broker && (kind == Kind::score || receipt.release)) {  // a refusal may come before the broker is asked
    if (!receipt.release)
      return fail(Reject::receipt_invalid, "no key release", "one by the broker that the policy pins");
    if (receipt.release->broker != *context.broker) return wrong("broker");
  }
  return {};
}
// check_block is the answer to a slice: the receipt commits to the block's two parts as the enclave wrote them.
Result<result::Report> check_block(View block, const AnswerContext& context, const receipt::Receipt& receipt,
                                   const receipt::Disclosure& disclosure) {
  const auto parts = result::measured_parts(block, context.model.digest, context.expansion->shape);
  if (!parts) return not_ours("a block of no known form: " + describe(parts.error()), "the model's");
  GLOVEBOX_CHECK(receipt::check_input(receipt, disclosure.key_input, context.input_digest));
  GLOVEBOX_CHECK(receipt::check_output(receipt, disclosure.key_output, parts->output));
  GLOVEBOX_CHECK(receipt::check_quality(receipt, disclosure.key_quality, parts->quality));
  const auto measured = result::parse_measured(block, context.model.digest, context.expansion->shape);
  if (!measured) return not_ours("a block of no known form: " + describe(measured.error()), "the model's");
  return context.expansion->expand(*measured);
}
}  // namespace

Result<Scored> check_answer(View sealed, const AnswerContext& context, Enclave enclave) {
  // An enclave that could not read the parameters refuses in the size of a score.
  const bool short_form =
      sealed.size() == protocol::answer_size(context.result_key.kem(), protocol::OutputForm::score, 0);
  const auto form = short_form ? protocol::OutputForm::score : context.parameters.output_form;
  auto answer = protocol::Answer::open(sealed, context.result_key, context.request_digest, form,
                                       short_form ? 0 : context.parameters.rows_class);
  if (!answer) return same(answer);
  if (!names_the_same(answer->evidence, enclave.evidence))
    return not_ours("other evidence beside the answer", "the evidence that was appraised");
  if (!enclave.result.receipt) return not_ours("evidence without a receipt key", "one");
  const bool block = context.expansion != nullptr && result::is_measured(answer->result.expose());
  auto outcome = block ? Result<result::Outcome>(result::Report{}) : result::parse(answer->result.expose());
  if (!outcome) return not_ours("a result of no known form: " + describe(outcome.error()), "a result");

  // Anyone who saw the request can seal to its result key; only the attested enclave can sign the receipt.
  GLOVEBOX_TRY(receipt, receipt::Receipt::open(answer->receipt, *enclave.result.receipt));
  const Kind kind = std::holds_alternative<Error>(*outcome) ? Kind::refusal : Kind::score;
  GLOVEBOX_CHECK(check_receipt(receipt, context, enclave, kind));
  GLOVEBOX_TRY(disclosure, receipt::Disclosure::parse(answer->disclosure.expose()));
  if (auto* refusal = std::get_if<Error>(&*outcome)) {
    GLOVEBOX_CHECK(receipt::check_output(receipt, disclosure.key_output, answer->result.expose()));
    return std::unexpected(std::move(*refusal));
  }

  if (block) {
    GLOVEBOX_TRY(expanded, check_block(answer->result.expose(), context, receipt, disclosure));
    return Scored{.report = std::move(expanded),
                  .receipt = std::move(receipt),
                  .enclave = std::move(enclave),
                  .signed_receipt = std::move(answer->receipt),
                  .disclosure = std::move(answer->disclosure)};
  }
  if (context.expansion != nullptr) return not_ours("a score of a file", "one of the slice that was sent");
  if (form != context.parameters.output_form || (short_form && context.parameters.rows_class != 0))
    return not_ours("a score in another output form", "the form asked for");
  auto& report = std::get<result::Report>(*outcome);
  if (report.model_digest != context.model.digest) return not_ours("a result of another model", context.model.name);
  GLOVEBOX_CHECK(receipt::check_input(receipt, disclosure.key_input, context.input_digest));
  GLOVEBOX_CHECK(receipt::check_output(receipt, disclosure.key_output, result::encode_rows(report)));
  GLOVEBOX_CHECK(receipt::check_quality(receipt, disclosure.key_quality, result::encode_quality(report)));
  if (report.match_log.has_value() != context.parameters.match_log)
    return not_ours("a result with or without a match log", "as asked for");
  if (report.match_log && crypto::sha256(view_of(*report.match_log)) != report.quality.match_log)
    return not_ours("a match log that the receipt does not cover", "the enclave's");
  return Scored{.report = std::move(report),
                .receipt = std::move(receipt),
                .enclave = std::move(enclave),
                .signed_receipt = std::move(answer->receipt),
                .disclosure = std::move(answer->disclosure)};
}
}  // namespace glovebox::client
