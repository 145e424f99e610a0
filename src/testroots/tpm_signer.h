// tpm_signer.h: stands in for a TPM, and for Azure's paravisor above a chip of SEV-SNP: quotes signed with a key that
// no TPM holds, and reports that vouch for it.
#pragma once
#include "attestation/hcl_report.h"

namespace glovebox::testroots {

struct TpmSigner {
  explicit TpmSigner(crypto::PlatformKeyKind kind = crypto::PlatformKeyKind::rsa)
      : key(crypto::PlatformSigner::generate(kind)) {}

  crypto::PlatformSigner key;  // AK

  static attestation::TpmRegisters registers();  // 24, of which 0 to 14 were extended
  // quote is a good one, not signed yet; sign takes its attest, puts it into bytes and signs them.
  static attestation::TpmQuote quote(View extra_data);
  attestation::TpmQuote sign(attestation::TpmQuote quote) const;

  // runtime is the JSON of Azure's paravisor with this key in it.
  std::string runtime() const;
};

}  // namespace glovebox::testroots
