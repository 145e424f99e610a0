// AES-256-GCM against the vectors of the GCM submission (as NIST's SP 800-38D validation uses them), and what must
// fail.
#include "crypto/aead.h"

#include <random>

#include "support.h"

namespace glovebox::crypto {
namespace {
Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
Secret<32> key_of(View bytes) {
  return Secret<32>(bytes.first<32>());
}
AeadNonce nonce_of(View bytes) {
  return fixed<12>(bytes).value();
}

struct Case {
  std::string_view key, nonce, aad, plaintext, ciphertext, tag;
};
constexpr Case cases[] = {
    // Test cases 13 to 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657b"
     "a637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0ab"
     "cc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657b"
     "a637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0ab"
     "cc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead256, PublishedVectors) {
  for (const Case& c : cases) {
    Aead256 aead(key_of(hex(c.key)));
    const Bytes plaintext = hex(c.plaintext);
    const Bytes aad = hex(c.aad);
    const Bytes expected = concat({hex(c.ciphertext), hex(c.tag)});
    Bytes sealed(plaintext.size() + aead_tag_size);
    aead.seal(nonce_of(hex(c.nonce)), aad, plaintext, sealed);
    EXPECT_EQ(to_hex(sealed), to_hex(expected));
    Bytes opened(plaintext.size());
    EXPECT_TRUE(aead.open(nonce_of(hex(c.nonce)), aad, sealed, opened));
    EXPECT_EQ(opened, plaintext);
  }
}

TEST(Aead256, OneKeyManyMessagesInPlaceAndNot) {
  std::mt19937 random_engine(2);
  Bytes key(32);
  for (auto& byte : key) byte = static_cast<std::uint8_t>(random_engine());
  Aead256 used(key_of(key));
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 15, 16, 17, 255, 4096, 65536, 100000}) {
    Bytes plaintext(size);
    for (auto& byte : plaintext) byte = static_cast<std::uint8_t>(random_engine());
    AeadNonce nonce{};
    nonce[0] = static_cast<std::uint8_t>(random_engine());
    const Bytes aad(random_engine() % 50, 7);

    Bytes expected(size + aead_tag_size);
    Aead256(key_of(key)).seal(nonce, aad, plaintext, expected);  // a fresh key schedule is the slow reference
    Bytes in_place = plaintext;
    in_place.resize(size + aead_tag_size);
    used.seal(nonce, aad, View(in_place).first(size), in_place);
    EXPECT_EQ(in_place, expected) << size;

    ASSERT_TRUE(used.open(nonce, aad, in_place, std::span(in_place).first(size))) << size;
    in_place.resize(size);
    EXPECT_EQ(in_place, plaintext) << size;
  }
}

TEST(Aead256, AnyChangeIsRefusedAndNothingIsLeft) {
  Aead256 aead(key_of(Bytes(32, 1)));
  const AeadNonce nonce{1, 2, 3};
  const Bytes aad = hex("aabb");
  const Bytes plaintext(20, 0x5a);
  Bytes sealed(plaintext.size() + aead_tag_size);
  aead.seal(nonce, aad, plaintext, sealed);
  Bytes out(plaintext.size(), 0xff);

  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << bit % 8));
    std::ranges::fill(out, std::uint8_t{0xff});
    const auto opened = aead.open(nonce, aad, changed, out);
    ASSERT_EQ(test::reason_of(opened), "decryption_failed") << bit;
    EXPECT_EQ(opened.error(), Error{.reason = Reject::decryption_failed}) << "says nothing about the cause";
    EXPECT_EQ(out, Bytes(out.size(), 0)) << "unauthenticated plaintext was left";
  }
  EXPECT_EQ(test::reason_of(aead.open({1, 2, 4}, aad, sealed, out)), "decryption_failed");
  EXPECT_EQ(test::reason_of(aead.open(nonce, {}, sealed, out)), "decryption_failed");
  EXPECT_EQ(test::reason_of(Aead256(key_of(Bytes(32, 2))).open(nonce, aad, sealed, out)), "decryption_failed");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    Bytes shorter(size < aead_tag_size ? 0 : size - aead_tag_size);
    EXPECT_EQ(test::reason_of(aead.open(nonce, aad, View(sealed).first(size), shorter)), "decryption_failed") << size;
  }
  EXPECT_TRUE(aead.open(nonce, aad, sealed, out)) << "failures must not spoil the context";
  EXPECT_EQ(out, plaintext);
}
}  // namespace
}  // namespace glovebox::crypto
