// arm_maker.h: what the cases of Arm's platforms are made with: signers, policies that enrolled their keys, and ways to
// spoil one thing at a time. Only psa_cases.cpp and cca_cases.cpp include this.
#pragma once
#include <functional>

#include "attestation/evidence.h"
#include "testroots/arm_signer.h"
#include "testroots/suite.h"

namespace glovebox::testroots {

struct ArmMaker {
  Suite& suite;
  Time at;
  std::string platform;  // "arm-psa", "arm-cca"
  ArmSigner signer{};
  ArmSigner signer384{crypto::PlatformKeyKind::p384};
  ArmSigner stranger{};  // whose key no policy has
  Digest configuration{};
  std::vector<Digest> models{};
  attestation::Nonce nonce{};
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x25519);
  crypto::SigningKey receipt = crypto::SigningKey::generate();

  ArmMaker(Suite& to, Time now, std::string which);
  bool cca() const { return platform == "arm-cca"; }

  // PSA
  Bytes psa(const attestation::ArmClaims& claims) const { return ArmSigner::sign(claims.encode(), signer.key); }
  attestation::ArmClaims psa_claims() const { return signer.psa(nonce); }

  // CCA: our binding as the challenge, or the nonce alone in a bare token
  attestation::KeySet keyset() const;
  attestation::Context context() const;
  Bytes challenge(bool bare) const;
  attestation::ArmClaims platform_claims() const { return signer.platform(signer.realm_key_bytes()); }
  attestation::ArmClaims realm_claims(bool bare = false) const;
  Bytes cca(const attestation::ArmClaims& platform_part, const attestation::ArmClaims& realm_part) const;
  attestation::Evidence message(Bytes document) const;

  void add(Words words, Bytes evidence, std::string policy = {}, bool asks = true) const;

  // policy writes one with these rules; `rules` is the text of the platform's table after its keys.
  void policy(const std::string& name, std::string_view profile, const std::string& rules,
              const std::string& keys) const;
  std::string key(const ArmSigner& of, bool instance = true) const;
  std::string software(View last_measurement = {}) const;  // of the tokens that we make
  std::string realm(bool extensible = true) const;
  std::string implementations() const;
};

}  // namespace glovebox::testroots
