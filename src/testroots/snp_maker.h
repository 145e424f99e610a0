// snp_maker.h: what the cases of SEV-SNP are made with: signers under one pair of authorities' keys, policies that
// accept them, and ways to spoil one thing at a time. Only snp_cases*.cpp include this.
#pragma once
#include <functional>

#include "attestation/evidence.h"
#include "testroots/snp_signer.h"
#include "testroots/suite.h"

namespace glovebox::testroots {

struct SnpMaker {
  Suite& suite;
  Time at;
  SnpKeys keys;
  SnpSigner milan{keys, at, attestation::SnpProduct::milan};
  SnpSigner genoa{keys, at, attestation::SnpProduct::genoa};
  SnpSigner turin{keys, at, attestation::SnpProduct::turin};
  SnpSigner vlek{keys, at, attestation::SnpProduct::milan, attestation::SnpSigner::vlek};
  SnpSigner::Chain chain = milan.issue();
  Digest configuration;
  std::vector<Digest> models;
  attestation::Nonce nonce;
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x25519);
  crypto::SigningKey receipt = crypto::SigningKey::generate();

  SnpMaker(Suite& to, Time now);

  attestation::KeySet keyset() const;
  attestation::Context context() const;
  // report is a good one of a signer: bound, with the host data of our inputs, not signed yet.
  attestation::SnpReport report(const SnpSigner& signer) const;
  Bytes document(attestation::SnpReport report, const SnpSigner& signer, const SnpSigner::Chain& chain) const;
  attestation::Evidence message(Bytes document) const;
  Bytes good() const { return document(report(milan), milan, chain); }

  // Policies: `rules` is the text of [evidence.sev-snp] after its head, `root` the DER of the root.
  void policy(const std::string& name, std::string_view profile, View root, const std::string& rules,
              const std::string& measurement = {}) const;
  void policies() const;
  void collateral() const;

  void add(Words words, Bytes evidence, std::string policy = "sev-snp", std::string collateral = "sev-snp",
           bool asks = true) const;
  // A message around a report that `change` spoils before it is signed, or after it.
  void before(Words words, const std::function<void(attestation::SnpReport&)>& change,
              std::string policy = "sev-snp") const;
  void after(Words words, const std::function<void(Bytes&)>& change) const;
  void beside(Words words, const std::function<void(attestation::Evidence&)>& change) const;
  // A message under a chain that `spoil` changes before it is issued; its root is the policy's own.
  void spoilt(Words words, const std::function<void(SnpSigner&)>& spoil, std::string policy = "sev-snp") const;
};

// The rules that most policies of the suite have, but for minimum_tcb.
std::string snp_rules(std::string_view unchecked, int maximum_vmpl = 0);
std::string snp_minimum(std::string_view product, const attestation::SnpTcb& tcb);

}  // namespace glovebox::testroots
