// verify.h: whether a receipt holds, offline, from what travels with it: the evidence whose receipt key signed it, and
// where its owner discloses them, the keys of its commitments. What the evidence itself is worth is
// verifier::appraise's to say, over the same bytes.
#pragma once
#include "attestation/evidence.h"
#include "receipt/disclosure.h"

namespace glovebox::receipt {

// open_under opens a receipt under the receipt key that the evidence binds. receipt_invalid unless the evidence is
// `client` evidence with such a key, the signature verifies, and the receipt names this evidence's binding and one of
// its models. This is what a third party can check who knows nothing of the request.
Result<Receipt> open_under(const attestation::Evidence& evidence, View signed_receipt);

// Expected is what the sender of a request knows about it.
struct Expected {
  Digest request_digest{};
  Digest parameters_digest{};
  Digest model_digest{};
  std::optional<Digest> policy_digest = {};
  std::optional<crypto::VerifyKey> broker = {};  // whose share the key needed; nothing: no release took place
  bool development = false;                      // what the appraisal said
};

// check_expected: receipt_invalid, with the field that differs.
Status check_expected(const Receipt& receipt, const Expected& expected);

// check_commitments checks all three values against an owner's disclosure: receipt_invalid.
Status check_commitments(const Receipt& receipt, const Disclosure& disclosure, const Digest& input_digest, View output,
                         View quality);

}  // namespace glovebox::receipt
