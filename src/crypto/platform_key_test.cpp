#include "crypto/platform_key.h"

#include "support.h"

namespace glovebox::crypto {
namespace {
constexpr auto kinds = {PlatformKeyKind::p256, PlatformKeyKind::p384, PlatformKeyKind::rsa};

TEST(PlatformKey, VerifiesWhatItsOwnerSignedAndNothingElse) {
  for (const PlatformKeyKind kind : kinds) {
    SCOPED_TRACE(name(kind));
    const auto signer = PlatformSigner::generate(kind);
    const auto key = signer.public_key();
    const Bytes message = to_bytes(view_of("a platform's words"));
    const Bytes signature = signer.sign(message);
    EXPECT_EQ(signature.size(), key.signature_size());
    EXPECT_TRUE(verify(key, message, signature));
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      Bytes changed = signature;
      changed[i] ^= 1;
      EXPECT_EQ(test::reason_of(verify(key, message, changed)), "signature_invalid") << i;
    }
    EXPECT_FALSE(verify(key, view_of("other words"), signature));
    EXPECT_FALSE(verify(key, message, View(signature).first(signature.size() - 1)));
    EXPECT_FALSE(verify(key, message, concat({signature, Bytes{0}})));
    EXPECT_FALSE(verify(key, message, Bytes(signature.size())));
    EXPECT_FALSE(verify(PlatformSigner::generate(kind).public_key(), message, signature));
  }
}

TEST(PlatformKey, HasOneSpelling) {
  for (const PlatformKeyKind kind : kinds) {
    const auto key = PlatformSigner::generate(kind).public_key();
    const Bytes der = key.spki();
    EXPECT_EQ(PlatformKey::from_spki(der).value(), key);
    EXPECT_EQ(PlatformKey::from_spki(der).value().kind(), kind);
    EXPECT_EQ(test::reason_of(PlatformKey::from_spki(concat({der, Bytes{0}}))), "key_invalid");
    for (std::size_t size = 0; size < der.size(); ++size)
      EXPECT_EQ(test::reason_of(PlatformKey::from_spki(View(der).first(size))), "key_invalid") << size;
    if (kind == PlatformKeyKind::rsa) continue;
    const std::size_t size = kind == PlatformKeyKind::p256 ? 65 : 97;
    const Bytes point = to_bytes(View(der).last(size));
    EXPECT_EQ(PlatformKey::from_point(point).value(), key);
    Bytes off = point;
    off.back() ^= 1;
    EXPECT_EQ(test::reason_of(PlatformKey::from_point(off)), "key_invalid");
  }
  EXPECT_EQ(test::reason_of(PlatformKey::from_point(Bytes(65))), "key_invalid");
  EXPECT_EQ(test::reason_of(PlatformKey::from_point({})), "key_invalid");
}

TEST(PlatformKey, RsaOfItsNumbers) {
  const auto key = PlatformSigner::generate(PlatformKeyKind::rsa).public_key();
  const Bytes der = key.spki();
  // ... BIT STRING { SEQUENCE { INTEGER 00 || n, INTEGER e } }: e = 65537 stands last.
  const Bytes n = to_bytes(View(der).subspan(der.size() - 5 - 256, 256));
  const Bytes e = {1, 0, 1};
  EXPECT_EQ(PlatformKey::from_rsa(n, e).value(), key);
  Bytes even = n;
  even.back() &= 0xfe;
  EXPECT_FALSE(PlatformKey::from_rsa(even, e));
  EXPECT_FALSE(PlatformKey::from_rsa(View(n).first(128), e));
  EXPECT_FALSE(PlatformKey::from_rsa(n, Bytes{1}));
  EXPECT_FALSE(PlatformKey::from_rsa(n, Bytes{0, 1, 0, 1}));
  EXPECT_FALSE(PlatformKey::from_rsa({}, e));
}
}  // namespace
}  // namespace glovebox::crypto
