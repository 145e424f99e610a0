// arm_verify.h: who signed a token of Arm's: one of the keys that a policy enrolled, and under CCA, behind it, the
// realm's own key, which the platform's token names by its hash. The second of three steps.
#pragma once
#include "attestation/arm_tokens.h"
#include "verifier/policy_arm.h"

namespace glovebox::verifier {

// verify_arm returns the enrolled key. evidence_signature_invalid; of CCA also parts_mismatch: the realm's key is not
// the one that the platform's token vouches for.
Result<const EnrolledKey*> verify_arm(const attestation::PsaToken& token, const ArmRules& rules);
Result<const EnrolledKey*> verify_arm(const attestation::CcaToken& token, const ArmRules& rules);

}  // namespace glovebox::verifier
