#include "verifier/tpm_verify.h"

#include "verifier/platform_appraise.h"

namespace glovebox::verifier {
using attestation::TpmQuote;

Status signed_by(const TpmQuote& quote, const crypto::PlatformKey& key) {
  const bool rsa = key.kind() == crypto::PlatformKeyKind::rsa;
  if (key.kind() == crypto::PlatformKeyKind::p384 || rsa != quote.signature.rsa ||
      !crypto::verify(key, quote.attest_bytes, quote.signature.value))
    return fail(Reject::evidence_signature_invalid, "a signature that the TPM's key did not make");
  return {};
}

Status check_registers(const TpmQuote& quote) {
  const Digest found = quote.registers_digest();
  if (found == quote.attest.digest) return {};
  return fail(Reject::parts_mismatch, "registers with digest " + to_hex(found), to_hex(quote.attest.digest),
              "the values beside the quote are not those that it is over");
}

Result<const EnrolledKey*> verify_tpm(const TpmQuote& quote, const TpmRules& rules) {
  const EnrolledKey* signer =
      signer_of(rules.keys, [&](const crypto::PlatformKey& key) { return signed_by(quote, key).has_value(); });
  if (signer == nullptr)
    return fail(Reject::evidence_signature_invalid, "a signature of none of the enrolled keys",
                "one of " + std::to_string(rules.keys.size()) + " keys",
                "changed evidence and evidence of a machine that was not enrolled look the same");
  GLOVEBOX_CHECK(check_registers(quote));
  return signer;
}

Status check_extra_data(const TpmQuote& quote, std::optional<View> nonce) {
  if (!nonce || equal_secret(quote.attest.extra_data, *nonce)) return {};
  return fail(Reject::nonce_mismatch, short_hex(quote.attest.extra_data), short_hex(*nonce),
              "the quote was made for someone else, or is a copy of an older one");
}

}  // namespace glovebox::verifier
