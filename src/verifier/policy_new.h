// policy_new.h: a first policy from reference values, or from evidence, with a comment at every line, for a person to
// read and change.
#pragma once
#include "attestation/quote.h"
#include "attestation/reference_values.h"
#include "attestation/snp_evidence.h"
#include "attestation/tpm_quote.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

// policy_new writes the text of a policy that accepts exactly this image with exactly these models. [release] allows
// the purpose "risk-score" and the form "score"; broker-only limits are written as comments. policy_invalid or
// policy_empty if the text that would result is no policy.
Result<std::string> policy_new(const attestation::ReferenceValues& image, std::span<const ModelReference> models,
                               std::span<const BrokerReference> brokers);

// policy_from_report writes the text of a policy under profile `none` that accepts what this report of SEV-SNP says:
// this measurement, this chip, this firmware and newer, these protections. The report's word is not verified here: what
// it leads to is for a person to read. The root is AMD's for the product, or `test_root` (DER). debug_enclave for a
// guest that no policy can accept; usage where the report does not say its product and `product` does not either.
// With the registers of a virtual TPM of Azure's that the report vouches for, it is a policy for that, with these.
Result<std::string> policy_from_report(const attestation::SnpReport& report,
                                       std::optional<attestation::SnpProduct> product = {},
                                       std::optional<View> test_root = {},
                                       const attestation::TpmRegisters& registers = {});

// policy_from_quote does the same for a quote of TDX or SGX that brings its platform's chain: this platform, this
// measurement with every register, status UpToDate. The root is Intel's, or `test_root` (DER). debug_enclave; usage
// where the quote does not name its platform.
Result<std::string> policy_from_quote(const attestation::Quote& quote, std::optional<View> test_root = {},
                                      const attestation::TpmRegisters& registers = {});

}  // namespace glovebox::verifier
