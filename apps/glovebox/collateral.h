// collateral.h: files of certificates, of revocation lists and of evidence that needs them, as options name them.
#pragma once
#include <variant>

#include "attestation/quote.h"
#include "attestation/snp_evidence.h"
#include "attestation/tpm_quote.h"
#include "verifier/collateral.h"

namespace glovebox::app {

// read_collateral puts together what the files hold; collateral_invalid names the file.
Result<verifier::Collateral> read_collateral(const std::vector<std::string>& paths);

// MakersEvidence is evidence of a platform whose maker publishes what an appraisal needs.
struct MakersEvidence {
  std::variant<attestation::SnpEvidence, attestation::Quote> hardware;
  attestation::TpmRegisters registers = {};  // of a virtual TPM of Azure's that it vouches for
};
// makers_evidence_in finds a report of SEV-SNP or a quote of Intel's in whatever a file of evidence is: bare, in a
// message, in a CMW. unsupported for another platform's.
Result<MakersEvidence> makers_evidence_in(const std::string& path);

}  // namespace glovebox::app
