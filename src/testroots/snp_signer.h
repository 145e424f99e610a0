// snp_signer.h: stands in for AMD: a root and an authority for one product, a chip's key (VCEK) or its owner's (VLEK),
// reports signed by it, and revocation lists. A caller may spoil each part before it is issued.
#pragma once
#include "attestation/snp_evidence.h"
#include "crypto/x509_build_rsa.h"

namespace glovebox::testroots {

// SnpKeys are the keys of the authorities. They take seconds to make: signers share them.
struct SnpKeys {
  crypto::RsaKey ark = crypto::RsaKey::generate(4096);
  crypto::RsaKey ask = crypto::RsaKey::generate(4096);
};

struct SnpSigner {
  SnpSigner(SnpKeys keys, Time now, attestation::SnpProduct product,
            attestation::SnpSigner kind = attestation::SnpSigner::vcek);

  attestation::SnpProduct product;
  attestation::SnpSigner kind;
  SnpKeys keys;
  crypto::EcKey leaf_key = crypto::EcKey::generate();
  crypto::RsaIssue ark;
  crypto::RsaIssue ask;  // or ASVK
  crypto::RsaIssue leaf;
  attestation::SnpTcb tcb;
  Array<64> chip{};  // as a report has it

  struct Chain {
    Bytes ark;
    Bytes ask;
    Bytes leaf;
  };
  Chain issue() const;
  static attestation::SnpTable table(const Chain& chain, attestation::SnpSigner kind);

  // report is a good one of version 3 (5 of Turin), not signed yet: sign fills in r and s.
  attestation::SnpReport report() const;
  void sign(attestation::SnpReport& report) const { sign(report, leaf_key); }
  static void sign(attestation::SnpReport& report, const crypto::EcKey& key);
  // set_signature writes r || s, as FIPS 186-5 has it, into a report.
  static void set_signature(attestation::SnpReport& report, const crypto::EcSignature& signature);
};

}  // namespace glovebox::testroots
