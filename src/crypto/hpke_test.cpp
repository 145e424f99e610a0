// HPKE and its KEMs against RFC 9180, the drafts of X-Wing and hpke-pq, BoringSSL's files and OpenSSL's own HPKE.
#include "crypto/hpke.h"

#include <openssl/evp.h>
#include <openssl/hpke.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
KemPrivate private_key(Kem kem, View seed) {
  return KemPrivate::from_seed(kem, Secret<32>(seed.first<32>()));
}

struct Vector {
  Kem kem;
  HpkeAead aead;
  Bytes info, skRm, pkRm, enc, randomness;  // randomness: empty where the file does not give the sender's
  Bytes ikmR;
  struct Encryption {
    std::uint64_t sequence;
    Bytes aad, plaintext, ciphertext;
  };
  struct Export {
    Bytes context, value;
  };
  std::vector<Encryption> encryptions;
  std::vector<Export> exports;
};

// check runs one vector through sender (where its randomness is known) and recipient.
void check(const Vector& v) {
  SCOPED_TRACE(std::string(name(v.kem)) + " aead " + std::to_string(static_cast<int>(v.aead)));
  const KemPrivate key = private_key(v.kem, v.skRm);
  EXPECT_EQ(to_hex(key.public_key().bytes()), to_hex(v.pkRm));
  if (!v.ikmR.empty()) {
    EXPECT_TRUE(KemPrivate::derive(v.kem, v.ikmR).seed() == key.seed());
  }

  auto recipient = HpkeRecipient::create(key, v.enc, v.info, v.aead).value();
  std::optional<HpkeSender> sender;
  if (!v.randomness.empty()) {
    sender = HpkeSender::create_insecurely(key.public_key(), v.info, v.aead, v.randomness).value();
    EXPECT_EQ(to_hex(sender->enc()), to_hex(v.enc));
  }
  for (const auto& e : v.encryptions) {
    if (sender) {
      EXPECT_EQ(to_hex(sender->seal(e.aad, e.plaintext)), to_hex(e.ciphertext)) << e.sequence;
    }
    const auto opened = recipient.open(e.aad, e.ciphertext);
    ASSERT_TRUE(opened) << e.sequence;
    EXPECT_TRUE(equal(opened->expose(), e.plaintext)) << e.sequence;
  }
  for (const auto& e : v.exports) {
    EXPECT_TRUE(equal(recipient.export_secret(e.context, e.value.size()).expose(), e.value));
    if (sender) {
      EXPECT_TRUE(equal(sender->export_secret(e.context, e.value.size()).expose(), e.value));
    }
  }
}

const Bytes ode = hex("4f6465206f6e2061204772656369616e2055726e");
const Bytes beauty = hex("4265617574792069732074727574682c20747275746820626561757479");

TEST(Hpke, Rfc9180X25519Aes128) {
  check({.kem = Kem::x25519,
         .aead = HpkeAead::aes_128_gcm,
         .info = ode,
         .skRm = hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"),
         .pkRm = hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
         .enc = hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
         .randomness = hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
         .ikmR = hex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037"),
         .encryptions =
             {{0, hex("436f756e742d30"), beauty,
               hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a")},
              {1, hex("436f756e742d31"), beauty,
               hex("af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84")}},
         .exports = {{{}, hex("3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee")},
                     {hex("00"), hex("2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5")}}});
}

TEST(Hpke, Rfc9180X25519Aes256) {
  check({.kem = Kem::x25519,
         .aead = HpkeAead::aes_256_gcm,
         .info = ode,
         .skRm = hex("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d"),
         .pkRm = hex("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c"),
         .enc = hex("6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256"),
         .randomness = hex("179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11"),
         .ikmR = hex("dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee"),
         .encryptions =
             {{0, hex("436f756e742d30"), beauty,
               hex("e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a")},
              {1, hex("436f756e742d31"), beauty,
               hex("2c43aff25343fdbff864506f0818b9d87df84ea01b1a2144d23b4d40c26bf655fdf197fe40297a8aebeed5cc2d")}},
         .exports = {{{}, hex("ded6cffafaea6b812cbf3e241e88332adbc077aca81512914213810ee291770a")},
                     {hex("54657374436f6e74657874"),
                      hex("7c5ded445732c14fe09727d29b4251c0fd38455fe8440571e687f0886aac94d2")}}});
}

// The draft's three vectors; its long public keys and ciphertexts stand here by their SHA-256.
TEST(XWing, DraftVectors) {
  struct Case {
    std::string_view seed, eseed, shared, public_digest, enc_digest;
  };
  const Case cases[] = {
      {"7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
       "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
       "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
       "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
       "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
       "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33"},
      {"badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
       "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdef"
       "aee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
       "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
       "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
       "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154"},
      {"ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
       "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619"
       "f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b",
       "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
       "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
       "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6"},
  };
  for (const Case& c : cases) {
    const KemPrivate key = private_key(Kem::x_wing, hex(c.seed));
    EXPECT_EQ(to_hex(sha256(key.public_key().bytes())), c.public_digest);
    const auto encapsulated = encapsulate_insecurely(key.public_key(), hex(c.eseed)).value();
    EXPECT_EQ(to_hex(sha256(encapsulated.enc)), c.enc_digest);
    EXPECT_EQ(to_hex(encapsulated.shared.expose()), c.shared);
    EXPECT_EQ(to_hex(key.decapsulate(encapsulated.enc).value().expose()), c.shared);
  }
}

TEST(XWing, DraftVectorsWhole) {
  const auto path = test::shared() / "vectors/hpke-ohttp/xwing.json";
  GLOVEBOX_NEEDS(path);
  const auto vectors = nlohmann::json::parse(std::ifstream(path));
  ASSERT_EQ(vectors.size(), 3U);
  for (const auto& v : vectors) {
    const auto field = [&](const char* key) { return hex(v.at(key).get<std::string>()); };
    const KemPrivate key = private_key(Kem::x_wing, field("sk"));
    EXPECT_EQ(key.public_key().bytes(), field("pk"));
    EXPECT_TRUE(equal(key.decapsulate(field("ct")).value().expose(), field("ss")));
    EXPECT_EQ(encapsulate_insecurely(key.public_key(), field("eseed")).value().enc, field("ct"));
  }
}

TEST(XWing, HpkePqDraftVectors) {
  const auto path = test::shared() / "vectors/hpke-ohttp/hpke-pq.json";
  GLOVEBOX_NEEDS(path);
  const auto vectors = nlohmann::json::parse(std::ifstream(path));
  int run = 0;
  for (const auto& v : vectors) {
    if (v.at("kem_id") != 0x647a || v.at("kdf_id") != 1 || v.at("mode") != 0) continue;
    const auto field = [](const nlohmann::json& in, const char* key) { return hex(in.at(key).get<std::string>()); };
    Vector vector{.kem = Kem::x_wing,
                  .aead = static_cast<HpkeAead>(v.at("aead_id").get<int>()),
                  .info = field(v, "info"),
                  .skRm = field(v, "skRm"),
                  .pkRm = field(v, "pkRm"),
                  .enc = field(v, "enc"),
                  .randomness = field(v, "ikmE"),
                  .ikmR = field(v, "ikmR"),
                  .encryptions = {},
                  .exports = {}};
    for (const auto& e : v.at("encryptions"))
      vector.encryptions.push_back({vector.encryptions.size(), field(e, "aad"), field(e, "pt"), field(e, "ct")});
    for (const auto& e : v.at("exports"))
      vector.exports.push_back({field(e, "exporter_context"), field(e, "exported_value")});
    EXPECT_EQ(to_hex(private_key(Kem::x_wing, vector.skRm).decapsulate(vector.enc).value().expose()),
              v.at("shared_secret").get<std::string>());
    check(vector);
    ++run;
  }
  EXPECT_EQ(run, 1);
}

// BoringSSL's files: lines "name = hex", a vector begins at "mode".
int run_boringssl(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::map<std::string, std::string> fields;
  Vector vector;
  Bytes aad, ciphertext;
  Bytes exporter_context;
  int run = 0;
  const auto flush = [&] {
    if (!fields.contains("enc")) return;
    const bool ours =
        fields["mode"] == "0" && fields["kdf_id"] == "1" && (fields["kem_id"] == "32" || fields["kem_id"] == "25722");
    if (ours) {
      vector.kem = kem_from_id(std::stoul(fields["kem_id"])).value();
      vector.aead = static_cast<HpkeAead>(std::stoi(fields["aead_id"]));
      vector.info = hex(fields["info"]);
      vector.skRm = hex(fields["skRm"]);
      vector.pkRm = hex(fields["pkRm"]);
      vector.enc = hex(fields["enc"]);
      vector.ikmR = hex(fields["ikmR"]);
      vector.randomness = hex(fields["sender_seed"]);
      check(vector);
      ++run;
    }
    fields.clear();
    vector = {};
  };
  while (std::getline(in, line)) {
    const auto equals = line.find(" =");
    if (equals == std::string::npos || line.starts_with('#')) continue;
    const std::string key = line.substr(0, equals);
    const std::string value = line.size() > equals + 3 ? line.substr(equals + 3) : "";
    if (key == "mode") flush();
    if (key == "aad")
      aad = hex(value);
    else if (key == "ct")
      ciphertext = hex(value);
    else if (key == "pt")
      vector.encryptions.push_back({vector.encryptions.size(), aad, hex(value), ciphertext});
    else if (key == "exporter_context")
      exporter_context = hex(value);
    else if (key == "exported_value")
      vector.exports.push_back({exporter_context, hex(value)});
    else
      fields[key] = value;
  }
  flush();
  return run;
}

TEST(Hpke, BoringsslVectors) {
  const auto folder = test::shared() / "vectors/hpke-ohttp";
  GLOVEBOX_NEEDS(folder);
  EXPECT_EQ(run_boringssl(folder / "boringssl-hpke_test_vectors.txt"), 3);
  EXPECT_EQ(run_boringssl(folder / "boringssl-hpke_test_vectors_pq.txt"), 1);
}

// OpenSSL's HPKE is another implementation of the same RFC: each side opens what the other seals.
TEST(Hpke, OpensslIsAnOracleForX25519) {
  const OSSL_HPKE_SUITE suite = {OSSL_HPKE_KEM_ID_X25519, OSSL_HPKE_KDF_ID_HKDF_SHA256, OSSL_HPKE_AEAD_ID_AES_GCM_256};
  for (int round = 0; round < 20; ++round) {
    const Bytes info(static_cast<std::size_t>(round) * 3, 0x11), aad(static_cast<std::size_t>(round), 0x22);
    const Bytes plaintext(static_cast<std::size_t>(round) * 7 + 1, 0x33);

    const KemPrivate key = KemPrivate::generate(Kem::x25519);
    Bytes enc(32), ciphertext(plaintext.size() + 16);
    std::size_t enc_length = enc.size(), ciphertext_length = ciphertext.size();
    OSSL_HPKE_CTX* context = OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, suite, OSSL_HPKE_ROLE_SENDER, nullptr, nullptr);
    ASSERT_EQ(OSSL_HPKE_encap(context, enc.data(), &enc_length, key.public_key().bytes().data(), 32, info.data(),
                              info.size()),
              1);
    ASSERT_EQ(OSSL_HPKE_seal(context, ciphertext.data(), &ciphertext_length, aad.data(), aad.size(), plaintext.data(),
                             plaintext.size()),
              1);
    OSSL_HPKE_CTX_free(context);
    const auto opened = hpke_open(key, enc, info, aad, ciphertext);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(equal(opened->expose(), plaintext));

    const auto sealed = hpke_seal(key.public_key(), info, aad, plaintext).value();
    context = OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, suite, OSSL_HPKE_ROLE_RECEIVER, nullptr, nullptr);
    EVP_PKEY* pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, key.seed().expose().data(), 32);
    ASSERT_EQ(OSSL_HPKE_decap(context, sealed.enc.data(), sealed.enc.size(), pkey, info.data(), info.size()), 1);
    Bytes out(plaintext.size() + 16);
    std::size_t out_length = out.size();
    ASSERT_EQ(OSSL_HPKE_open(context, out.data(), &out_length, aad.data(), aad.size(), sealed.ciphertext.data(),
                             sealed.ciphertext.size()),
              1);
    EXPECT_TRUE(equal(View(out).first(out_length), plaintext));
    EVP_PKEY_free(pkey);
    OSSL_HPKE_CTX_free(context);
  }
}

class BothKems : public testing::TestWithParam<Kem> {};
INSTANTIATE_TEST_SUITE_P(Kems, BothKems, testing::Values(Kem::x25519, Kem::x_wing),
                         [](const auto& one) { return one.param == Kem::x25519 ? "X25519" : "XWing"; });

TEST_P(BothKems, SealThenOpen) {
  const KemPrivate key = KemPrivate::generate(GetParam());
  EXPECT_EQ(key.public_key().bytes().size(), public_size(GetParam()));
  EXPECT_EQ(KemPublic::parse(GetParam(), key.public_key().bytes()).value(), key.public_key());
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 1000}) {
    const Bytes plaintext(size, 9);
    const Sealed sealed = hpke_seal(key.public_key(), view_of("info"), view_of("aad"), plaintext).value();
    EXPECT_EQ(sealed.enc.size(), enc_size(GetParam()));
    EXPECT_TRUE(equal(hpke_open(key, sealed.enc, view_of("info"), view_of("aad"), sealed.ciphertext).value().expose(),
                      plaintext));
  }
  const Bytes one(10, 1);
  EXPECT_NE(hpke_seal(key.public_key(), {}, {}, one).value(), hpke_seal(key.public_key(), {}, {}, one).value());
}

TEST_P(BothKems, EverythingWrongFailsInOneWay) {
  const KemPrivate key = KemPrivate::generate(GetParam());
  const Sealed sealed = hpke_seal(key.public_key(), view_of("info"), view_of("aad"), view_of("text")).value();
  const auto open = [&](const KemPrivate& with, View enc, std::string_view info, std::string_view aad,
                        View ciphertext) {
    const auto opened = hpke_open(with, enc, view_of(info), view_of(aad), ciphertext);
    return opened ? Error{.reason = Reject::internal, .found = "accepted"} : opened.error();
  };
  const Error uniform{.reason = Reject::decryption_failed};
  EXPECT_EQ(open(KemPrivate::generate(GetParam()), sealed.enc, "info", "aad", sealed.ciphertext), uniform);
  EXPECT_EQ(open(key, sealed.enc, "inf0", "aad", sealed.ciphertext), uniform);
  EXPECT_EQ(open(key, sealed.enc, "info", "aae", sealed.ciphertext), uniform);
  for (std::size_t size = 0; size < sealed.ciphertext.size(); ++size)
    EXPECT_EQ(open(key, sealed.enc, "info", "aad", View(sealed.ciphertext).first(size)), uniform) << size;
  for (std::size_t size = 0; size < sealed.enc.size(); size += 31)
    EXPECT_EQ(open(key, View(sealed.enc).first(size), "info", "aad", sealed.ciphertext), uniform) << size;
  EXPECT_EQ(open(key, concat({sealed.enc, Bytes{0}}), "info", "aad", sealed.ciphertext), uniform);
  for (std::size_t byte = 0; byte < sealed.enc.size(); byte += 11) {
    Bytes enc = sealed.enc;
    enc[byte] ^= 1;
    EXPECT_EQ(open(key, enc, "info", "aad", sealed.ciphertext), uniform) << byte;
  }
  for (std::size_t byte = 0; byte < sealed.ciphertext.size(); ++byte) {
    Bytes ciphertext = sealed.ciphertext;
    ciphertext[byte] ^= 0x80;
    EXPECT_EQ(open(key, sealed.enc, "info", "aad", ciphertext), uniform) << byte;
  }
}

TEST_P(BothKems, LowOrderPointsAreRefused) {
  const KemPrivate key = KemPrivate::generate(GetParam());
  const std::string_view points[] = {
      // RFC 7748 section 6.1 and https://cr.yp.to/ecdh.html: points of order 1, 2, 4, 8 and their other encodings.
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  const Sealed sealed = hpke_seal(key.public_key(), {}, {}, view_of("text")).value();
  for (const auto point : points) {
    Bytes enc = sealed.enc;
    std::ranges::copy(hex(point), enc.end() - 32);
    EXPECT_EQ(test::reason_of(key.decapsulate(enc)), "decryption_failed") << point;
    Bytes bytes = key.public_key().bytes();
    std::ranges::copy(hex(point), bytes.end() - 32);
    const auto to = KemPublic::parse(GetParam(), bytes);
    EXPECT_EQ(to ? test::reason_of(hpke_seal(*to, {}, {}, view_of("text"))) : test::reason_of(to), "key_invalid")
        << point;
  }
}

TEST_P(BothKems, ARecipientStaysInPlaceAfterAFailure) {
  const KemPrivate key = KemPrivate::generate(GetParam());
  auto sender = HpkeSender::create(key.public_key(), {}).value();
  auto recipient = HpkeRecipient::create(key, sender.enc(), {}).value();
  const Bytes first = sender.seal({}, view_of("first"));
  const Bytes second = sender.seal({}, view_of("second"));
  EXPECT_EQ(test::reason_of(recipient.open({}, second)), "decryption_failed") << "out of order";
  EXPECT_EQ(text_of(recipient.open({}, first).value().expose()), "first");
  EXPECT_EQ(test::reason_of(recipient.open({}, first)), "decryption_failed") << "replayed";
  EXPECT_EQ(text_of(recipient.open({}, second).value().expose()), "second");
}

TEST(KemPublic, WrongLengthsAndCoefficientsAreRefused) {
  EXPECT_EQ(test::reason_of(KemPublic::parse(Kem::x25519, Bytes(31))), "key_invalid");
  EXPECT_EQ(test::reason_of(KemPublic::parse(Kem::x25519, Bytes(33))), "key_invalid");
  EXPECT_EQ(test::reason_of(KemPublic::parse(Kem::x_wing, Bytes(32))), "key_invalid");
  EXPECT_EQ(test::reason_of(KemPublic::parse(Kem::x_wing, Bytes(1217))), "key_invalid");
  Bytes bytes = KemPrivate::generate(Kem::x_wing).public_key().bytes();
  bytes[0] = 0x01;  // the first coefficient becomes 0xd01 = 3329 = q
  bytes[1] = static_cast<std::uint8_t>((bytes[1] & 0xf0) | 0x0d);
  EXPECT_EQ(test::reason_of(KemPublic::parse(Kem::x_wing, bytes)), "key_invalid");
  bytes[0] = 0x00;  // q - 1
  EXPECT_TRUE(KemPublic::parse(Kem::x_wing, bytes));
}

TEST(Kem, NumbersAndNames) {
  EXPECT_EQ(kem_from_id(0x20).value(), Kem::x25519);
  EXPECT_EQ(kem_from_id(0x647a).value(), Kem::x_wing);
  EXPECT_EQ(kem_from_name("X-Wing").value(), Kem::x_wing);
  EXPECT_EQ(test::reason_of(kem_from_id(0x10)), "type_unsupported");
  EXPECT_EQ(test::reason_of(kem_from_id(0x1'0020)), "type_unsupported");
  EXPECT_EQ(test::reason_of(kem_from_name("x25519")), "type_unsupported");
}
}  // namespace
}  // namespace glovebox::crypto
