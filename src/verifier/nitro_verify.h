// nitro_verify.h: who signed a Nitro document: its certificate chain up to a root that the policy pins, and the
// signature over the bytes received. The second of three steps: form (attestation), signature (here), wish (appraise).
#pragma once
#include "attestation/nitro_document.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

// verify_nitro returns the pinned root that the chain ends in. root_unknown, certificate_invalid, certificate_expired
// (at `at`), evidence_signature_invalid. Nothing of the document may be used before it has returned.
Result<const Root*> verify_nitro(const attestation::NitroDocument& document, const EvidencePolicy& policy, Time at,
                                 crypto::ChainMemory* memory = nullptr);

// aws_nitro_root is AWS's root G1 in DER, a public trust anchor; its SHA-256 is aws_nitro_root_sha256().
View aws_nitro_root();
Digest aws_nitro_root_sha256();
constexpr std::string_view aws_nitro_root_name = "AWS Nitro Enclaves G1";

}  // namespace glovebox::verifier
