// tpm_verify.h: who signed a quote of a TPM, and whether the registers beside it are those that it is over.
#pragma once
#include "attestation/tpm_quote.h"
#include "verifier/policy_tpm.h"

namespace glovebox::verifier {

// signed_by: evidence_signature_invalid where the key did not sign, or signs with another algorithm.
Status signed_by(const attestation::TpmQuote& quote, const crypto::PlatformKey& key);
// check_registers: parts_mismatch where the digest of the registers' values is not the quoted one.
Status check_registers(const attestation::TpmQuote& quote);
// verify_tpm returns the enrolled key that signed; both of the above.
Result<const EnrolledKey*> verify_tpm(const attestation::TpmQuote& quote, const TpmRules& rules);

// check_tpm_version finds the version whose registers are quoted: pcr_absent, measurement_unknown.
Result<const TpmVersion*> check_tpm_version(const attestation::TpmQuote& quote, const TpmRules& rules);
// check_extra_data compares a quote's data with a nonce: nonce_mismatch.
Status check_extra_data(const attestation::TpmQuote& quote, std::optional<View> nonce);

}  // namespace glovebox::verifier
