#include "enclave/found.h"

#include "receipt/disclosure.h"
#include "result/measured.h"
#include "scoring/slicing.h"

namespace glovebox::enclave {

Result<Found> found_block(Outcome outcome, const bundle::Bundle& bundle) {
  GLOVEBOX_TRY(parts, result::measured_parts(outcome.result.expose(), bundle.digest, scoring::shape_of(bundle)));
  Found out{.input_digest = outcome.input_digest,
            .result = {},
            .output = SecretBytes(parts.output),
            .quality = SecretBytes(parts.quality)};
  out.result = std::move(outcome.result);
  return out;
}

protocol::Answer answer_of(Found found, receipt::Receipt facts, const crypto::SigningKey& receipt_key, View evidence) {
  const auto disclosure = receipt::Disclosure::fresh();
  receipt::fill_commitments(facts, disclosure, found.input_digest, found.output.expose(), found.quality.expose());
  return {.result = std::move(found.result),
          .receipt = facts.sign(receipt_key),
          .disclosure = disclosure.encode(),
          .evidence = to_bytes(evidence)};
}

}  // namespace glovebox::enclave
