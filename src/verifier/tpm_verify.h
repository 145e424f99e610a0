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

// check_tpm_version finds the version whose registers are among these: pcr_absent (with this hint),
// measurement_unknown.
template <std::size_t N>
Result<const TpmVersionOf<N>*> check_tpm_version(const RegistersOf<N>& registers, const TpmRulesOf<N>& rules,
                                                 std::string_view hint = "the quote was asked for other registers") {
  if (const auto* version = rules.version_of(registers)) return version;
  const TpmVersionOf<N>& first = rules.versions.front();
  for (const auto& [index, wanted] : first.registers) {
    const auto it = registers.find(index);
    const std::string name = "PCR" + std::to_string(index);
    if (it == registers.end()) return fail(Reject::pcr_absent, "no " + name, name, std::string(hint));
    if (it->second != wanted)
      return fail(Reject::measurement_unknown, name + " " + to_hex(it->second),
                  to_hex(wanted) + " (version " + first.version + ")");
  }
  return fail(Reject::measurement_unknown, "registers of no version", "those of a version of the policy");
}
// check_extra_data compares a quote's data with a nonce: nonce_mismatch.
Status check_extra_data(const attestation::TpmQuote& quote, std::optional<View> nonce);

}  // namespace glovebox::verifier
