// Ed25519 against RFC 8032, ES384 against RFC 6979's example, and what must not verify.
#include "crypto/sign.h"

#include "crypto/openssl.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
Secret<32> seed_of(std::string_view text) {
  return Secret<32>(View(hex(text)).first<32>());
}

struct Case {
  std::string_view seed, key, message, signature;
};
constexpr Case rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"}};

TEST(Ed25519, Rfc8032) {
  for (const Case& c : rfc8032) {
    const SigningKey key(seed_of(c.seed));
    EXPECT_EQ(to_hex(key.public_key().bytes), c.key);
    EXPECT_EQ(to_hex(key.sign(hex(c.message))), c.signature);
    EXPECT_TRUE(verify(VerifyKey::parse(hex(c.key)).value(), hex(c.message), hex(c.signature)));
  }
}

TEST(Ed25519, AnyChangeIsRefused) {
  const SigningKey key = SigningKey::generate();
  const Bytes message = hex("00112233");
  const Signature good = key.sign(message);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_EQ(test::reason_of(verify(key.public_key(), message, changed)), "signature_invalid") << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(test::reason_of(verify(key.public_key(), message, View(good).first(size))), "signature_invalid");
  EXPECT_EQ(test::reason_of(verify(key.public_key(), message, concat({good, Bytes{0}}))), "signature_invalid");
  EXPECT_EQ(test::reason_of(verify(key.public_key(), hex("00112234"), good)), "signature_invalid");
  EXPECT_EQ(test::reason_of(verify(SigningKey::generate().public_key(), message, good)), "signature_invalid");
}

TEST(Ed25519, SPlusTheGroupOrderIsRefused) {  // RFC 8032 section 5.1.7: one signature, one encoding
  const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes signature = hex(rfc8032[0].signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{signature[32 + i]} + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0U);
  const VerifyKey key = VerifyKey::parse(hex(rfc8032[0].key)).value();
  EXPECT_EQ(test::reason_of(verify(key, {}, signature)), "signature_invalid");
}

TEST(Ed25519, KeysOfSmallOrderAreRefused) {
  const std::string_view keys[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                                   "0000000000000000000000000000000000000000000000000000000000000080",
                                   "0100000000000000000000000000000000000000000000000000000000000000",
                                   "0100000000000000000000000000000000000000000000000000000000000080",
                                   "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                                   "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                                   "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                                   "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                                   "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
  // Under the neutral element, R = 0 B = neutral with S = 0 satisfies S B = R + h A for every message.
  Bytes forged = hex("0100000000000000000000000000000000000000000000000000000000000000");
  forged.resize(64);
  for (const auto text : keys) {
    EXPECT_EQ(test::reason_of(VerifyKey::parse(hex(text))), "key_invalid") << text;
    EXPECT_EQ(test::reason_of(verify(VerifyKey{fixed<32>(hex(text)).value()}, view_of("anything"), forged)),
              "signature_invalid")
        << text;
  }
}

TEST(Ed25519, NothingVerifiesUnderWhatIsNoKey) {
  VerifyKey key;
  key.bytes[0] = 2;  // no point of the curve has y = 2
  for (const Case& c : rfc8032)
    EXPECT_EQ(test::reason_of(verify(key, hex(c.message), hex(c.signature))), "signature_invalid");
  EXPECT_EQ(test::reason_of(verify(key, {}, Bytes(64))), "signature_invalid");
  EXPECT_EQ(test::reason_of(VerifyKey::parse(Bytes(31))), "key_invalid");
  EXPECT_EQ(test::reason_of(VerifyKey::parse(Bytes(33))), "key_invalid");
}

// RFC 6979 appendix A.2.6, SHA-384, "sample".
const Bytes rfc6979_point =
    hex("04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
        "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720");
const Bytes rfc6979_signature =
    hex("94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
const Bytes p384_order =
    hex("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973");

Bytes order_minus(View number) {
  Bytes out(48);
  int borrow = 0;
  for (std::size_t i = 48; i-- > 0;) {
    const int difference = p384_order[i] - number[i] - borrow;
    out[i] = static_cast<std::uint8_t>(difference & 0xff);
    borrow = difference < 0 ? 1 : 0;
  }
  return out;
}

TEST(Es384, Rfc6979) {
  const EcPublic key = EcPublic::from_point(rfc6979_point).value();
  EXPECT_TRUE(verify(key, view_of("sample"), rfc6979_signature));
  EXPECT_EQ(test::reason_of(verify(key, view_of("sampl"), rfc6979_signature)), "signature_invalid");
  const View r = View(rfc6979_signature).first(48);
  EXPECT_TRUE(verify(key, view_of("sample"), concat({r, order_minus(View(rfc6979_signature).last(48))})))
      << "the other s is accepted: Nitro's are not normalised";
}

TEST(Es384, NumbersOutOfRangeAreRefused) {
  const EcPublic key = EcPublic::from_point(rfc6979_point).value();
  const View r = View(rfc6979_signature).first(48);
  const View s = View(rfc6979_signature).last(48);
  const Bytes zero(48), all_ones(48, 0xff);
  for (const View bad : {View(zero), View(p384_order), View(all_ones)}) {
    EXPECT_EQ(test::reason_of(verify(key, view_of("sample"), concat({bad, s}))), "signature_invalid");
    EXPECT_EQ(test::reason_of(verify(key, view_of("sample"), concat({r, bad}))), "signature_invalid");
    EXPECT_EQ(test::reason_of(verify(key, view_of("sample"), concat({bad, bad}))), "signature_invalid");
  }
  for (std::size_t size = 0; size < 96; ++size)
    EXPECT_EQ(test::reason_of(verify(key, view_of("sample"), View(rfc6979_signature).first(size))),
              "signature_invalid");
}

TEST(Es384, SignThenVerifyAndEveryChangedByteFails) {
  const EcKey key = EcKey::generate();
  for (int round = 0; round < 20; ++round) {  // r or s is short in one of 128
    const Bytes message(static_cast<std::size_t>(round), 3);
    const EcSignature signature = key.sign(message);
    EXPECT_TRUE(verify(key.public_key(), message, signature));
  }
  EcSignature changed = key.sign({});
  for (std::uint8_t& byte : changed) {
    byte ^= 1;
    EXPECT_EQ(test::reason_of(verify(key.public_key(), {}, changed)), "signature_invalid");
    byte ^= 1;
  }
}

TEST(EcPublic, FormsGoRoundAndOthersAreRefused) {
  const EcPublic key = EcPublic::from_point(rfc6979_point).value();
  EXPECT_TRUE(equal(key.point(), rfc6979_point));
  EXPECT_EQ(EcPublic::from_spki(key.spki()).value(), key);
  EXPECT_FALSE(EcKey::generate().public_key() == key);

  Bytes off_curve = rfc6979_point;
  off_curve[96] ^= 1;
  EXPECT_EQ(test::reason_of(EcPublic::from_point(off_curve)), "key_invalid");
  EXPECT_EQ(test::reason_of(EcPublic::from_point(Bytes{0})), "key_invalid") << "infinity";
  Bytes compressed = to_bytes(View(rfc6979_point).first(49));
  compressed[0] = 2;
  EXPECT_EQ(test::reason_of(EcPublic::from_point(compressed)), "key_invalid");
  const Bytes spki = key.spki();
  for (std::size_t size = 0; size < spki.size(); ++size)
    EXPECT_EQ(test::reason_of(EcPublic::from_spki(View(spki).first(size))), "key_invalid");
  EXPECT_EQ(test::reason_of(EcPublic::from_spki(concat({spki, Bytes{0}}))), "key_invalid");

  const Pkey p256(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  std::uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(p256.get(), &der);
  EXPECT_EQ(test::reason_of(EcPublic::from_spki({der, static_cast<std::size_t>(size)})), "key_invalid");
  OPENSSL_free(der);
}

TEST(EcKey, Pkcs8GoesRound) {
  const EcKey key = EcKey::generate();
  const SecretBytes der = key.pkcs8();
  const EcKey again = EcKey::from_pkcs8(der.expose()).value();
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_TRUE(verify(key.public_key(), view_of("x"), again.sign(view_of("x"))));
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_EQ(test::reason_of(EcKey::from_pkcs8(der.expose().first(size))), "key_invalid") << size;
  EXPECT_EQ(test::reason_of(EcKey::from_pkcs8(concat({der.expose(), Bytes{0}}))), "key_invalid");
}
}  // namespace
}  // namespace glovebox::crypto
