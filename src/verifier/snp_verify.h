// snp_verify.h: who signed a report of SEV-SNP: the chip's or its owner's key (VCEK, VLEK), certified by AMD's
// authority (ASK, ASVK) under the root (ARK) that a policy pins for the product; that this key is of the chip and of
// the firmware that the report names; that nothing of it was revoked; and the signature. The second of three steps.
#pragma once
#include "attestation/snp_evidence.h"
#include "crypto/x509.h"
#include "verifier/collateral.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

struct SnpVerified {
  const Root* root = nullptr;
  attestation::SnpProduct product = attestation::SnpProduct::milan;
  std::string csp;  // of a VLEK: whom AMD issued it to
};

// verify_snp looks for certificates in the evidence's own table and in the collateral. `document` is what the evidence
// was parsed from: its first 672 bytes are what is verified. collateral_missing, collateral_invalid,
// collateral_expired, root_unknown, certificate_invalid, certificate_expired, certificate_revoked, tcb_mismatch,
// chip_mismatch, evidence_signature_invalid.
Result<SnpVerified> verify_snp(const attestation::SnpEvidence& evidence, View document, const EvidencePolicy& policy,
                               const Collateral& collateral, Time at, crypto::ChainMemory* memory = nullptr);

// check_snp holds a verified report against what the policy says of SEV-SNP: debug_enclave, and the words of step 8 of
// docs/spec/evidence.md; it returns the measurement that the report is of. facts_of_snp is what a result lists.
Result<const Measurement*> check_snp(const attestation::SnpReport& report, const SnpVerified& verified,
                                     const EvidencePolicy& policy);
struct Fact;
std::vector<Fact> facts_of_snp(const attestation::SnpReport& report, const SnpVerified& verified);

// snp_product_of_root is the product whose root a certificate is, by its name "ARK-Milan".
std::optional<attestation::SnpProduct> snp_product_of_root(const crypto::Certificate& root);

}  // namespace glovebox::verifier
