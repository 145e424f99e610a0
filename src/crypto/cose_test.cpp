// COSE_Sign1: one document signed by another implementation, real Nitro documents, and what must be refused.
#include "crypto/cose.h"

#include "crypto/x509.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
using cbor::Form;
Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
std::string parsed(View cose, Form form) {
  return test::reason_of(parse_cose_sign1_unverified(cose, form));
}

// The key of RFC 8032's first test. Signed with Python's cryptography and CBOR written by hand.
const SigningKey& signer() {
  static const SigningKey key(
      Secret<32>(View(hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")).first<32>()));
  return key;
}
const Bytes document =
    hex("8443a10127a054546869732069732074686520636f6e74656e742e584088bc6374f773984a16eb45e9dc9099b3dc87225d1d65aec2e42b"
        "64720af60acc37494f901d9a527b6bbd8cc4b630ae9ebbdf53547f926f1a9f1d709dc0fe7b00");
constexpr std::string_view label = "glovebox test v1";

TEST(Cose, AnotherImplementationsDocument) {
  EXPECT_EQ(sign_document(signer(), view_of("This is the content."), label), document);
  EXPECT_EQ(text_of(open_signed(document, signer().public_key(), label).value()), "This is the content.");
  const CoseSign1 cose = parse_cose_sign1_unverified(document, Form::strict).value();
  EXPECT_EQ(cose.algorithm, cose_eddsa);
  EXPECT_FALSE(cose.tagged);
  EXPECT_EQ(to_hex(cose.protected_bytes), "a10127");
}

TEST(Cose, AnotherKindAnotherKeyAnotherByteDoNotVerify) {
  const VerifyKey key = signer().public_key();
  EXPECT_EQ(test::reason_of(open_signed(document, key, "glovebox test v2")), "signature_invalid");
  EXPECT_EQ(test::reason_of(open_signed(document, key, "")), "signature_invalid");
  EXPECT_EQ(test::reason_of(open_signed(document, SigningKey::generate().public_key(), label)), "signature_invalid");
  for (std::size_t bit = 0; bit < document.size() * 8; ++bit) {
    Bytes changed = document;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(open_signed(changed, key, label)) << bit;
  }
}

TEST(Cose, EveryShorterPrefixIsTruncatedAndEveryLongerOneRefused) {
  for (const Form form : {Form::strict, Form::foreign}) {
    for (std::size_t size = 0; size < document.size(); ++size)
      ASSERT_EQ(parsed(View(document).first(size), form), "truncated") << size;
    EXPECT_EQ(parsed(concat({document, Bytes{0}}), form), "trailing_bytes");
  }
}

TEST(Cose, TheKeyDecidesTheAlgorithm) {
  const EcKey ec = EcKey::generate();
  const Bytes es384 = cose_sign1(ec, view_of("payload"), {});
  const CoseSign1 cose = parse_cose_sign1_unverified(es384, Form::strict).value();
  EXPECT_EQ(cose.algorithm, cose_es384);
  EXPECT_TRUE(verify_cose_sign1(cose, ec.public_key(), {}));
  EXPECT_EQ(test::reason_of(verify_cose_sign1(cose, ec.public_key(), view_of("x"))), "signature_invalid");
  EXPECT_EQ(test::reason_of(verify_cose_sign1(cose, signer().public_key(), {})), "algorithm_unsupported");
  EXPECT_EQ(test::reason_of(open_signed(es384, signer().public_key(), label)), "algorithm_unsupported");
  const CoseSign1 ed = parse_cose_sign1_unverified(document, Form::strict).value();
  EXPECT_EQ(test::reason_of(verify_cose_sign1(ed, ec.public_key(), view_of(label))), "algorithm_unsupported");
}

// Each fault alone, in a document that is otherwise the good one.
struct Fault {
  const char* name;
  std::string_view before_payload;  // from the array's head to the unprotected header
  std::string_view strict, foreign;
};
class CoseFault : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(
    Cose, CoseFault,
    testing::Values(Fault{"good", "8443a10127a0", "accepted", "accepted"},
                    Fault{"tag_18", "d28443a10127a0", "malformed", "accepted"},
                    Fault{"tag_17", "d18443a10127a0", "malformed", "malformed"},
                    Fault{"tag_18_twice", "d2d28443a10127a0", "malformed", "malformed"},
                    Fault{"three_elements", "8343a10127a0", "malformed", "malformed"},
                    Fault{"array_of_indefinite_length", "9f43a10127a0", "malformed", "malformed"},
                    Fault{"array_length_longer_than_needed", "980443a10127a0", "not_deterministic",
                          "not_deterministic"},
                    Fault{"protected_empty", "8440a0", "malformed", "malformed"},
                    Fault{"protected_empty_map", "8441a0a0", "malformed", "malformed"},
                    Fault{"protected_a_map_not_bytes", "84a10127a0", "malformed", "malformed"},
                    Fault{"protected_with_content_type", "8445a201270300a0", "malformed", "malformed"},
                    Fault{"protected_with_critical", "8446a20127028103a0", "malformed", "malformed"},
                    Fault{"protected_algorithm_twice", "8445a201270127a0", "malformed", "malformed"},
                    Fault{"protected_key_identifier_alone", "8443a10427a0", "malformed", "malformed"},
                    Fault{"protected_algorithm_as_text", "8444a1016127a0", "malformed", "malformed"},
                    Fault{"protected_trailing_byte", "8444a1012700a0", "malformed", "malformed"},
                    Fault{"protected_algorithm_longer_than_needed", "8444a1013807a0", "malformed", "malformed"},
                    Fault{"protected_of_indefinite_length", "8444bf0127ffa0", "malformed", "accepted"},
                    Fault{"unprotected_algorithm", "8443a10127a10127", "malformed", "malformed"},
                    Fault{"unprotected_key_identifier", "8443a10127a1044131", "malformed", "malformed"},
                    Fault{"unprotected_null", "8443a10127f6", "malformed", "malformed"},
                    Fault{"unprotected_of_indefinite_length", "8443a10127bfff", "not_deterministic", "accepted"}),
    [](const auto& one) { return one.param.name; });

TEST_P(CoseFault, HasItsReason) {
  const Bytes cose = concat({hex(GetParam().before_payload), View(document).subspan(6)});
  EXPECT_EQ(parsed(cose, Form::strict), GetParam().strict);
  EXPECT_EQ(parsed(cose, Form::foreign), GetParam().foreign);
}

TEST(Cose, PayloadDetachedAndSignatureMissingOrLong) {
  EXPECT_EQ(parsed(hex("8443a10127a0f640"), Form::foreign), "malformed") << "detached payload";
  EXPECT_EQ(parsed(hex("8443a10127a040f6"), Form::foreign), "malformed") << "no signature";
  EXPECT_EQ(parsed(concat({hex("8443a10127a0405861"), Bytes(97)}), Form::foreign), "too_large");
  EXPECT_EQ(test::reason_of(open_signed(hex("8443a10127a04040"), signer().public_key(), label)), "signature_invalid");
  EXPECT_EQ(parsed(Bytes(cose_size_max + 1, 0x84), Form::foreign), "too_large");
}

// real_documents are Nitro's, from 2022 to 2026; the last has a changed signature.
TEST(Cose, RealNitroDocuments) {
  const auto folder = test::shared() / "vectors/nitro";
  GLOVEBOX_NEEDS(folder);
  const auto root = Certificate::parse_pem(test::read(folder / "AWS_NitroEnclaves_Root-G1.pem")).value();
  EXPECT_EQ(to_hex(root.digest()), "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b");
  int documents = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".cbor") continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++documents;
    const Bytes bytes = test::read(entry.path());
    const auto cose = parse_cose_sign1_unverified(bytes, Form::foreign);
    ASSERT_TRUE(cose) << describe(cose.error());

    cbor::Reader in(cose->payload, Form::foreign);
    std::vector<Certificate> bundle;
    std::optional<Certificate> leaf;
    Time time;
    for (auto map = in.map(16); in.more(map);) {
      const auto key = in.key_text(map, 32);
      if (key == "certificate") {
        leaf = Certificate::parse(in.bstr(1024)).value();
      } else if (key == "cabundle") {
        for (auto list = in.array(8); in.more(list);) bundle.push_back(Certificate::parse(in.bstr(1024)).value());
      } else if (key == "timestamp") {
        time = {static_cast<std::int64_t>(in.uint())};
      } else {
        in.item();
      }
    }
    ASSERT_TRUE(in.finish()) << describe(in.finish().error());
    ASSERT_TRUE(leaf);
    ASSERT_GE(bundle.size(), 2U);
    const auto below_root = std::span(bundle).subspan(1);
    const auto chain = verify_chain(root, below_root, *leaf, time);
    EXPECT_TRUE(chain) << describe(chain.error());
    EXPECT_EQ(test::reason_of(verify_chain(root, below_root, *leaf, Time::from_seconds(1795302000))),
              "certificate_expired");
    EXPECT_EQ(test::reason_of(verify_chain(root, below_root, *leaf, leaf->fields().not_before.plus_seconds(-1))),
              "certificate_expired");
    EXPECT_EQ(test::reason_of(verify_chain(root, below_root.subspan(1), *leaf, time)), "root_unknown");

    const bool good = entry.path().string().find("bad_sig") == std::string::npos;
    EXPECT_EQ(test::reason_of(verify_cose_sign1(*cose, leaf->ec_public_key().value(), {})),
              good ? "accepted" : "signature_invalid");
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_EQ(parsed(View(bytes).first(size), Form::foreign), "truncated") << size;
  }
  EXPECT_EQ(documents, 13);
}
}  // namespace
}  // namespace glovebox::crypto
