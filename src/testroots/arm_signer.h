// arm_signer.h: stands in for Arm's platforms: tokens of PSA and of CCA, true to their profiles, signed with keys that
// nobody's hardware holds.
#pragma once
#include "attestation/arm_tokens.h"

namespace glovebox::testroots {

struct ArmSigner {
  explicit ArmSigner(crypto::PlatformKeyKind kind = crypto::PlatformKeyKind::p256)
      : key(crypto::PlatformSigner::generate(kind)) {}

  crypto::PlatformSigner key;  // IAK, or CPAK
  crypto::PlatformSigner realm_key = crypto::PlatformSigner::generate(crypto::PlatformKeyKind::p384);
  Bytes instance = instance_of(0xa5);
  Bytes implementation = Bytes(32, 0x1e);

  static Bytes instance_of(std::uint8_t fill);
  // The software of both kinds of token: BL and RMM, or BL, PRoT and ARoT.
  static std::vector<attestation::ArmComponent> software(bool cca);

  attestation::ArmClaims psa(View nonce, bool first_profile = false) const;
  // platform names the realm's key by `how`; realm carries it as a COSE_Key, or as a point in the older profile.
  attestation::ArmClaims platform(View realm_key_bytes, const std::string& how = "sha-256") const;
  attestation::ArmClaims realm(View challenge, View personalization, bool older = false) const;
  Bytes realm_key_bytes(bool older = false) const;

  // sign puts claims, or any payload, into a COSE_Sign1 with tag 18; raw one of any parts, `tag` 0 for none.
  static Bytes sign(View payload, const crypto::PlatformSigner& key);
  static Bytes raw(std::uint64_t tag, View protected_header, View unprotected, View payload, View signature);
};

}  // namespace glovebox::testroots
