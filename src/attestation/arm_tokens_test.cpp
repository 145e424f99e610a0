#include "attestation/arm_tokens.h"

#include "crypto/hash.h"
#include "support.h"

namespace glovebox::attestation {
namespace {
using crypto::PlatformKeyKind;
using crypto::PlatformSigner;

ArmClaims psa_claims() {
  ArmClaims c;
  c.set(arm::profile, std::string("tag:psacertified.org,2023:psa#tfm"));
  c.set(arm::client, std::int64_t{-7});
  c.set(arm::lifecycle, std::int64_t{0x3001});
  c.set(arm::implementation, Bytes(32, 2));
  c.set(arm::components, std::vector<ArmComponent>{{.type = "BL",
                                                    .measurement = Bytes(32, 3),
                                                    .version = {},
                                                    .signer = Bytes(48, 4),
                                                    .algorithm = "sha-256",
                                                    .order = {5, 2, 1, 6}}});
  c.set(arm::nonce, Bytes(48, 5));
  c.set(arm::instance, Bytes(33, 1));
  return c;
}

Bytes token(const ArmClaims& claims, const PlatformSigner& key) {
  return cbor::Writer().tag(18).raw(crypto::cose_sign1(key, claims.encode())).take();
}

Bytes cca(const PlatformSigner& key, const PlatformSigner& realm_key) {
  const Bytes spki = realm_key.public_key().spki();
  const Bytes point = to_bytes(View(spki).last(97));
  ArmClaims platform;
  platform.set(arm::profile, std::string("http://arm.com/CCA-SSD/1.0.0"));
  const auto digest = crypto::sha256(point);
  platform.set(arm::nonce, Bytes(digest.begin(), digest.end()));
  platform.set(arm::implementation, Bytes(32, 2));
  platform.set(arm::instance, Bytes(33, 1));
  platform.set(arm::platform_config, Bytes{});
  platform.set(arm::lifecycle, std::int64_t{0x3000});
  platform.set(arm::components, std::vector<ArmComponent>{{.measurement = Bytes(32, 3), .signer = Bytes(32, 4)}});
  platform.set(arm::platform_hash, std::string("sha-256"));
  ArmClaims realm;
  realm.set(arm::nonce, Bytes(64, 1));
  realm.set(arm::personalization, Bytes(64, 2));
  realm.set(arm::initial, Bytes(64, 3));
  realm.set(arm::extensible, std::vector<Bytes>(arm_extensible_count, Bytes(64)));
  realm.set(arm::realm_hash, std::string("sha-512"));
  realm.set(arm::realm_key, point);
  realm.set(arm::realm_key_hash, std::string("sha-256"));
  return cca_document(token(platform, key), token(realm, realm_key));
}

TEST(PsaToken, SurvivesItsForm) {
  for (const auto kind : {PlatformKeyKind::p256, PlatformKeyKind::p384}) {
    const Bytes bytes = token(psa_claims(), PlatformSigner::generate(kind));
    const auto parsed = PsaToken::parse(bytes);
    ASSERT_TRUE(parsed) << describe(parsed.error());
    EXPECT_EQ(parsed->token.claims, psa_claims());
    EXPECT_EQ(parsed->encode(), bytes);
  }
}

// Whatever one bit becomes, what parses has it, and writes it back.
TEST(PsaToken, EveryBitIsReadOrRefused) {
  const Bytes bytes = token(psa_claims(), PlatformSigner::generate(PlatformKeyKind::p256));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes changed = bytes;
    changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
    if (const auto parsed = PsaToken::parse(changed)) {
      EXPECT_EQ(parsed->encode(), changed) << i;
    }
  }
}

TEST(PsaToken, EveryShorterPrefixIsTruncated) {
  const Bytes bytes = token(psa_claims(), PlatformSigner::generate(PlatformKeyKind::p256));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(test::reason_of(PsaToken::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(PsaToken::parse(concat({bytes, Bytes{0}}))), "evidence_malformed");
}

TEST(CcaToken, SurvivesItsForm) {
  const auto realm_key = PlatformSigner::generate(PlatformKeyKind::p384);
  const Bytes bytes = cca(PlatformSigner::generate(PlatformKeyKind::p256), realm_key);
  const auto parsed = CcaToken::parse(bytes);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->encode(), bytes);
  EXPECT_EQ(parsed->realm_public_key().value(), realm_key.public_key());
  EXPECT_EQ(parsed->realm_key_digest().value(), to_bytes(parsed->platform.claims.bytes(arm::nonce)));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(test::reason_of(CcaToken::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(CcaToken::parse(concat({bytes, Bytes{0}}))), "evidence_malformed");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
    if (const auto again = CcaToken::parse(changed)) {
      EXPECT_EQ(again->encode(), changed) << i;
    }
  }
}

TEST(ArmLifecycle, IsTheUpperByte) {
  EXPECT_EQ(arm_lifecycle(0x30ff), ArmLifecycle::secured);
  EXPECT_EQ(arm_lifecycle(0x2fff), ArmLifecycle::unknown);
  EXPECT_EQ(arm_lifecycle(0x4000), ArmLifecycle::debug_others);
  EXPECT_EQ(arm_lifecycle(0x5001), ArmLifecycle::debug_root);
  EXPECT_EQ(arm_lifecycle(0), ArmLifecycle::unknown);
}

TEST(CcaInputs, DoNotDependOnTheOrderOfModels) {
  const std::vector<Digest> models = {Digest{1}, Digest{2}};
  const std::vector<Digest> turned = {Digest{2}, Digest{1}};
  EXPECT_EQ(cca_inputs(Digest{3}, models), cca_inputs(Digest{3}, turned));
  EXPECT_NE(cca_inputs(Digest{3}, models), cca_inputs(Digest{4}, models));
}
}  // namespace
}  // namespace glovebox::attestation
