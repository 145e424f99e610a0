#include "verifier/arm_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::ArmToken;

Result<const EnrolledKey*> signer_of_token(const ArmToken& token, const ArmRules& rules) {
  const crypto::CoseSign1 cose = token.cose();
  const EnrolledKey* signer = signer_of(
      rules.keys, [&](const crypto::PlatformKey& key) { return crypto::verify_cose_sign1(cose, key).has_value(); });
  if (signer == nullptr)
    return fail(Reject::evidence_signature_invalid, "a signature of none of the enrolled keys",
                rules.keys.size() == 1 ? "one of key " + rules.keys.front().name
                                       : "one of " + std::to_string(rules.keys.size()) + " keys",
                "changed evidence and evidence of a machine that was not enrolled look the same");
  return signer;
}
}  // namespace

Result<const EnrolledKey*> verify_arm(const attestation::PsaToken& token, const ArmRules& rules) {
  return signer_of_token(token.token, rules);
}

Result<const EnrolledKey*> verify_arm(const attestation::CcaToken& token, const ArmRules& rules) {
  GLOVEBOX_TRY(signer, signer_of_token(token.platform, rules));
  GLOVEBOX_TRY(digest, token.realm_key_digest());
  if (!equal(token.platform.claims.bytes(attestation::arm::nonce), digest))
    return fail(Reject::parts_mismatch, "a realm's key with hash " + to_hex(digest),
                to_hex(token.platform.claims.bytes(attestation::arm::nonce)) + ", which the platform's token names",
                "one of the two tokens is of another machine, or of another start of it");
  GLOVEBOX_TRY(key, token.realm_public_key());
  if (!crypto::verify_cose_sign1(token.realm.cose(), key))
    return fail(Reject::evidence_signature_invalid, "a realm's token that the realm's key did not sign");
  return signer;
}

}  // namespace glovebox::verifier
