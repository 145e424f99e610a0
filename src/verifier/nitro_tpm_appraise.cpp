// The appraisal of the document of an instance's NitroTPM, held against a policy. AWS vouches for it as for an
// enclave's, but its registers are what firmware and boot loader of an ordinary instance sent to a TPM: nothing in them
// says what can look into that instance.
#include "verifier/nitro_verify.h"
#include "verifier/platform_appraise.h"
#include "verifier/tpm_verify.h"

namespace glovebox::verifier {

Result<AttestationResult> appraise_nitro_tpm(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(document, attestation::parse_unverified(bytes, attestation::NitroSource::tpm));  // 1
  GLOVEBOX_TRY(root, verify_nitro(document, policy, now, wanted.memory));                       // 2, 3
  const attestation::NitroClaims& claims = document.claims;
  GLOVEBOX_CHECK(check_freshness(claims, policy, now));                          // 4
  if (wanted.nonce) GLOVEBOX_CHECK(check_nonce(claims, *wanted.nonce));          // 5
  GLOVEBOX_TRY(version, check_tpm_version(claims.pcrs, *policy.nitro_tpm, {}));  // 6, 8
  AttestationResult out{.platform = "nitro-tpm",
                        .root_name = root->name,
                        .root = root->sha256,
                        .development = root->test,
                        .version = version->version,
                        .instance = claims.module_id,
                        .measurements = {},
                        .models = policy.models,
                        .time = claims.timestamp,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const auto& [index, value] : claims.pcrs)
    out.measurements.push_back({"pcr" + std::to_string(index), to_bytes(value)});
  out.facts = {{"registers of", "an instance's TPM, which is no enclave"}};
  out.unchecked.emplace_back("memory");
  return out;
}

}  // namespace glovebox::verifier
