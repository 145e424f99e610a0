// platform_appraise.h: between appraise.cpp and the platforms: what each must look at, and what it gives back. No part
// of the layer's interface.
#pragma once
#include "attestation/hcl_report.h"
#include "verifier/appraise.h"

namespace glovebox::attestation {
struct NitroClaims;
}

namespace glovebox::verifier {

// Wanted is what differs between evidence of our own enclaves and a foreign document: a message and what was asked for,
// or at most a nonce.
struct Wanted {
  const attestation::Evidence* evidence = nullptr;
  const attestation::Binding* binding = nullptr;  // of that message: it is computed once
  const Expected* expected = nullptr;
  std::optional<View> nonce = {};
  const Collateral* collateral = nullptr;
  crypto::ChainMemory* memory = nullptr;
};

// appraise_nitro does steps 1 to 8 of docs/spec/evidence.md. What it returns lacks the keys, which appraise adds.
Result<AttestationResult> appraise_nitro(View document, const EvidencePolicy& policy, Time now, const Wanted& wanted);

// appraise_nitro_tpm does it for the document of an instance's NitroTPM: bare documents alone.
Result<AttestationResult> appraise_nitro_tpm(View document, const EvidencePolicy& policy, Time now,
                                             const Wanted& wanted);

// appraise_snp does the same for SEV-SNP.
Result<AttestationResult> appraise_snp(View document, const EvidencePolicy& policy, Time now, const Wanted& wanted);

// appraise_cca and appraise_psa do it for Arm's tokens; those of PSA have no message of ours around them.
Result<AttestationResult> appraise_cca(View document, const EvidencePolicy& policy, Time now, const Wanted& wanted);
Result<AttestationResult> appraise_psa(View document, const EvidencePolicy& policy, Time now, const Wanted& wanted);

// appraise_tpm does it for a plain TPM's quote, appraise_azure for one of Azure's, whose key SEV-SNP or TDX vouches
// for: bare documents alone.
Result<AttestationResult> appraise_tpm(View document, const EvidencePolicy& policy, Time now, const Wanted& wanted);
Result<AttestationResult> appraise_azure(attestation::HclHardware hardware, View document, const EvidencePolicy& policy,
                                         Time now, const Wanted& wanted);
// appraise_quote does the same for TDX and SGX.
Result<AttestationResult> appraise_quote(attestation::Tee tee, View document, const EvidencePolicy& policy, Time now,
                                         const Wanted& wanted);

// check_freshness and check_nonce are steps 4 and 5 of both of Nitro's documents: evidence_stale, nonce_mismatch.
Status check_freshness(const attestation::NitroClaims& claims, const EvidencePolicy& policy, Time now);
Status check_nonce(const attestation::NitroClaims& claims, View nonce);

// check_keys: the message has exactly the keys of its purpose, well formed (step 1).
Status check_keys(const attestation::Evidence& evidence);
// check_message: what stands beside the document in a message is what was asked for: nonce, purpose, context (step 5).
Status check_message(const Wanted& wanted);
// unchecked_of_document lists what no bare document can show.
std::vector<std::string> unchecked_of_document(const EvidencePolicy& policy, const Wanted& wanted);
std::string short_hex(View bytes);

}  // namespace glovebox::verifier
