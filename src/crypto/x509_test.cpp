// Certificates and chains: real roots of three vendors, and chains built here with one fault each.
#include "crypto/x509.h"

#include "crypto/der.h"
#include "crypto/x509_build.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
const Time start_time = Time::from_seconds(1'700'000'000);
const Time end_time = start_time.plus_seconds(3600);
const Time inside = start_time.plus_seconds(60);
constexpr auto sign_certificates = static_cast<std::uint16_t>(KeyUsage::key_cert_sign);
constexpr auto sign_data = static_cast<std::uint16_t>(KeyUsage::digital_signature);

// Chain is a root, two intermediates and a leaf as Nitro has them; a test changes one template and issues it.
struct Chain {
  CertificateTemplate root = root_template("test root", start_time, end_time);
  CertificateTemplate regional = intermediate_template("regional", start_time, end_time, 1);
  CertificateTemplate zonal = intermediate_template("zonal", start_time, end_time, 0);
  CertificateTemplate leaf = leaf_template("i-0123-enc4567", start_time, end_time);
  ChainProfile profile = nitro_chain;

  struct Issued {
    Certificate root;
    std::vector<Certificate> intermediates;
    Certificate leaf;
  };
  // Keys are made once: only the certificates differ between tests.
  static const EcKey& key(int which) {
    static const EcKey keys[] = {EcKey::generate(), EcKey::generate(), EcKey::generate(), EcKey::generate(),
                                 EcKey::generate()};
    return keys[which];
  }
  Issued issued() const {
    auto r = Certificate::parse(self_signed(root, key(0))).value();
    auto first = Certificate::parse(issue(regional, key(1).public_key(), r, key(0))).value();
    auto second = Certificate::parse(issue(zonal, key(2).public_key(), first, key(1))).value();
    auto last = Certificate::parse(issue(leaf, key(3).public_key(), second, key(2))).value();
    return {r, {first, second}, last};
  }
  std::string verified(Time at = inside) const {
    const Issued chain = issued();
    return test::reason_of(verify_chain(chain.root, chain.intermediates, chain.leaf, at, profile));
  }
};

TEST(Chain, GoodOneVerifies) {
  EXPECT_EQ(Chain().verified(), "accepted");
  EXPECT_EQ(Chain().verified(start_time), "accepted");
  EXPECT_EQ(Chain().verified(end_time), "accepted");
  EXPECT_EQ(Chain().verified(Time{end_time.milliseconds + 999}), "accepted") << "all of the last second";
}

TEST(Chain, TimeOutsideAnyCertificate) {
  EXPECT_EQ(Chain().verified(Time{start_time.milliseconds - 1}), "certificate_expired");
  EXPECT_EQ(Chain().verified(end_time.plus_seconds(1)), "certificate_expired");
  for (CertificateTemplate Chain::* which : {&Chain::root, &Chain::regional, &Chain::zonal, &Chain::leaf}) {
    Chain early, late;
    (early.*which).not_after = inside.plus_seconds(-1);
    (late.*which).not_before = inside.plus_seconds(1);
    EXPECT_EQ(early.verified(), "certificate_expired");
    EXPECT_EQ(late.verified(), "certificate_expired");
  }
}

TEST(Chain, AnotherRoot) {
  const auto chain = Chain().issued();
  const auto other = Certificate::parse(self_signed(Chain().root, EcKey::generate())).value();  // the same name
  EXPECT_EQ(test::reason_of(verify_chain(other, chain.intermediates, chain.leaf, inside)), "root_unknown");
  Chain named;
  named.root.common_name = "another root";
  const auto renamed = Certificate::parse(self_signed(named.root, Chain::key(0))).value();  // the same key
  EXPECT_EQ(test::reason_of(verify_chain(renamed, chain.intermediates, chain.leaf, inside)), "root_unknown");
  EXPECT_EQ(test::reason_of(verify_chain(other, {}, chain.leaf, inside)), "root_unknown");
}

TEST(Chain, AnExpiredChainToAnotherRootIsRootUnknown) {
  const auto chain = Chain().issued();
  const auto other = Certificate::parse(self_signed(Chain().root, EcKey::generate())).value();
  EXPECT_EQ(test::reason_of(verify_chain(other, chain.intermediates, chain.leaf, end_time.plus_seconds(9))),
            "root_unknown");
}

TEST(Chain, LinksMissingSwappedOrForeign) {
  const auto chain = Chain().issued();
  const std::vector swapped = {chain.intermediates[1], chain.intermediates[0]};
  EXPECT_EQ(test::reason_of(verify_chain(chain.root, swapped, chain.leaf, inside)), "root_unknown");
  const std::vector only_first = {chain.intermediates[0]};
  EXPECT_EQ(test::reason_of(verify_chain(chain.root, only_first, chain.leaf, inside)), "certificate_invalid");
  // The leaf's names are right, but another key signed it.
  const auto forged =
      Certificate::parse(issue(Chain().leaf, Chain::key(3).public_key(), chain.intermediates[1], Chain::key(4)))
          .value();
  EXPECT_EQ(test::reason_of(verify_chain(chain.root, chain.intermediates, forged, inside)), "certificate_invalid");
  const std::vector<Certificate> many(certificate_chain_max, chain.intermediates[0]);
  EXPECT_EQ(test::reason_of(verify_chain(chain.root, many, chain.leaf, inside)), "certificate_invalid");
}

struct Fault {
  const char* name;
  void (*change)(Chain&);
};
class ChainFault : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(
    X509, ChainFault,
    testing::Values(
        Fault{"root_no_ca", [](Chain& c) { c.root.is_ca = false; }},
        Fault{"root_without_basic_constraints", [](Chain& c) { c.root.has_basic_constraints = false; }},
        Fault{"root_key_usage_of_a_leaf", [](Chain& c) { c.root.key_usage = sign_data; }},
        Fault{"root_path_length", [](Chain& c) { c.root.path_length = 1; }},
        Fault{"intermediate_no_ca", [](Chain& c) { c.zonal.is_ca = false, c.zonal.path_length.reset(); }},
        Fault{"intermediate_without_basic_constraints", [](Chain& c) { c.zonal.has_basic_constraints = false; }},
        Fault{"intermediate_path_length", [](Chain& c) { c.regional.path_length = 0; }},
        Fault{"intermediate_without_key_usage", [](Chain& c) { c.zonal.key_usage.reset(); }},
        Fault{"intermediate_key_usage_of_a_leaf", [](Chain& c) { c.zonal.key_usage = sign_data; }},
        Fault{"intermediate_unknown_critical_extension",
              [](Chain& c) { c.zonal.unknown_critical_extension = "1.3.6.1.4.1.99999.1"; }},
        Fault{"intermediate_critical_name_constraints",
              [](Chain& c) { c.zonal.unknown_critical_extension = "2.5.29.36"; }},
        Fault{"intermediate_signed_with_sha256",
              [](Chain& c) { c.zonal.signature = CertificateSignature::ecdsa_sha256; }},
        Fault{"leaf_is_ca", [](Chain& c) { c.leaf.is_ca = true; }},
        Fault{"leaf_without_key_usage", [](Chain& c) { c.leaf.key_usage.reset(); }},
        Fault{"leaf_key_usage_of_an_authority", [](Chain& c) { c.leaf.key_usage = sign_certificates; }},
        Fault{"leaf_unknown_critical_extension",
              [](Chain& c) { c.leaf.unknown_critical_extension = "1.3.6.1.4.1.99999.1"; }},
        Fault{"leaf_signed_with_sha256", [](Chain& c) { c.leaf.signature = CertificateSignature::ecdsa_sha256; }},
        Fault{"profile_of_another_key", [](Chain& c) { c.profile.leaf_key = CertificateKey::p256; }},
        Fault{"profile_of_another_ca_key", [](Chain& c) { c.profile.ca_key = CertificateKey::rsa; }}),
    [](const auto& one) { return one.param.name; });

TEST_P(ChainFault, IsRefusedWhenItMatters) {
  Chain chain;
  GetParam().change(chain);
  EXPECT_EQ(chain.verified(), "certificate_invalid");
}

TEST(Chain, ALeafWithAPathLengthIsRefused) {
  Chain chain;
  chain.leaf.path_length = 0;
  const auto issued =
      Certificate::parse(issue(chain.leaf, Chain::key(3).public_key(), chain.issued().intermediates[1], Chain::key(2)));
  // OpenSSL may refuse the certificate itself; the chain must not be accepted either way.
  if (issued) {
    EXPECT_EQ(chain.verified(), "certificate_invalid");
  } else {
    EXPECT_EQ(test::reason_of(issued), "certificate_invalid");
  }
}

TEST(Chain, KeyUsageMayBeAbsentWhereTheProfileSaysSo) {
  Chain chain;
  chain.profile.key_usage_required = false;
  chain.leaf.key_usage.reset();
  EXPECT_EQ(chain.verified(), "accepted");
  chain.leaf.key_usage = sign_certificates;
  EXPECT_EQ(chain.verified(), "certificate_invalid") << "what is there still counts";
}

TEST(Chain, NoBitOfTheLeafCanChange) {
  const auto chain = Chain().issued();
  for (std::size_t byte = 0; byte < chain.leaf.der().size(); ++byte) {
    Bytes changed = to_bytes(chain.leaf.der());
    changed[byte] = static_cast<std::uint8_t>(changed[byte] ^ 1U << byte % 8);
    const auto parsed = Certificate::parse(changed);
    if (parsed) {
      EXPECT_FALSE(verify_chain(chain.root, chain.intermediates, *parsed, inside)) << byte;
    } else {
      EXPECT_EQ(test::reason_of(parsed), "certificate_invalid") << byte;
    }
  }
}

TEST(Certificate, FieldsAreRead) {
  const auto chain = Chain().issued();
  const CertificateFields& root = chain.root.fields();
  EXPECT_EQ(root.subject, "CN=test root,O=glovebox development");
  EXPECT_EQ(root.issuer, root.subject);
  EXPECT_EQ(root.not_before, start_time);
  EXPECT_EQ(root.not_after, end_time);
  EXPECT_TRUE(root.is_ca);
  EXPECT_FALSE(root.path_length);
  EXPECT_TRUE(root.allows(KeyUsage::key_cert_sign));
  EXPECT_EQ(root.key, CertificateKey::p384);
  EXPECT_EQ(root.signature, CertificateSignature::ecdsa_sha384);
  EXPECT_EQ(chain.intermediates[0].fields().path_length, 1U);
  const CertificateFields& leaf = chain.leaf.fields();
  EXPECT_EQ(leaf.issuer_der, chain.intermediates[1].fields().subject_der);
  EXPECT_FALSE(leaf.is_ca);
  EXPECT_TRUE(leaf.allows(KeyUsage::digital_signature));
  EXPECT_FALSE(leaf.allows(KeyUsage::key_cert_sign));
  EXPECT_EQ(chain.leaf.ec_public_key().value(), Chain::key(3).public_key());
}

TEST(Certificate, NamesCannotWriteToATerminal) {
  Chain chain;
  chain.leaf.common_name = "a\x1b[31mb\nc\xc3\xa9";
  const std::string subject = chain.issued().leaf.fields().subject;
  EXPECT_TRUE(std::ranges::all_of(subject, [](char c) { return c >= ' ' && c <= '~'; })) << subject;
}

TEST(Certificate, EveryShorterPrefixAndEveryLongerOneIsRefused) {
  const Bytes der = to_bytes(Chain().issued().leaf.der());
  ASSERT_TRUE(Certificate::parse(der));
  for (std::size_t size = 0; size < der.size(); ++size) {
    ASSERT_EQ(test::reason_of(Certificate::parse(View(der).first(size))), "certificate_invalid") << size;
    ASSERT_EQ(test::reason_of(strict_der(View(der).first(size))), "truncated") << size;
  }
  EXPECT_EQ(test::reason_of(Certificate::parse(concat({der, Bytes{0}}))), "certificate_invalid");
  EXPECT_EQ(test::reason_of(Certificate::parse(Bytes(certificate_size_max + 1, 0x30))), "certificate_invalid");
}

// The outermost length is not signed: without the check one certificate would have many encodings, all of which verify.
TEST(Certificate, AnotherEncodingOfTheSameIsRefused) {
  const Bytes der = to_bytes(Chain().issued().leaf.der());
  ASSERT_EQ(der[1], 0x82);
  const Bytes longer = concat({Bytes{0x30, 0x83, 0x00}, View(der).subspan(2)});
  EXPECT_EQ(test::reason_of(Certificate::parse(longer)), "certificate_invalid");
  const Bytes indefinite = concat({Bytes{0x30, 0x80}, View(der).subspan(4), Bytes{0, 0}});
  EXPECT_EQ(test::reason_of(Certificate::parse(indefinite)), "certificate_invalid");
  Bytes loose_true = der;
  const Bytes critical = hex("0101ff");
  const auto found = std::ranges::search(loose_true, critical);
  ASSERT_FALSE(found.empty());
  found[2] = 0x01;
  EXPECT_EQ(test::reason_of(Certificate::parse(loose_true)), "certificate_invalid");
}

TEST(Certificate, TheSameExtensionTwiceIsRefused) {
  Chain chain;
  chain.leaf.unknown_critical_extension = "2.5.29.15";  // a second key usage
  const Bytes der = issue(chain.leaf, Chain::key(3).public_key(), Chain().issued().root, Chain::key(0));
  const auto twice = Certificate::parse(der);
  ASSERT_EQ(test::reason_of(twice), "certificate_invalid");
  EXPECT_EQ(twice.error().found, "an extension that stands twice");
  chain.leaf.key_usage.reset();  // alone, but its value is NULL
  const Bytes unreadable = issue(chain.leaf, Chain::key(3).public_key(), Chain().issued().root, Chain::key(0));
  EXPECT_EQ(test::reason_of(Certificate::parse(unreadable)), "certificate_invalid");
}

TEST(Certificate, PemIsOneBlock) {
  const Bytes der = to_bytes(Chain().issued().root.der());
  const std::string body = to_base64(der);
  const std::string begin = "-----BEGIN CERTIFICATE-----\n", end = "\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(equal(Certificate::parse_pem(view_of(begin + body + end)).value().der(), der));
  EXPECT_TRUE(Certificate::parse_pem(view_of(begin + body + "\n-----END CERTIFICATE-----")));
  EXPECT_TRUE(Certificate::parse_pem(view_of(begin + body.substr(0, 64) + "\n" + body.substr(64) + end)));
  for (const std::string& bad : {begin + body + end + begin + body + end, " " + begin + body + end,
                                 begin + body + end + "x", begin + end, body, std::string(), begin + "%" + body + end})
    EXPECT_EQ(test::reason_of(Certificate::parse_pem(view_of(bad))), "certificate_invalid");
}

TEST(Certificate, RealOnesOfOtherVendorsParse) {
  const auto vectors = test::shared() / "vectors";
  GLOVEBOX_NEEDS(vectors);
  const auto intel = Certificate::parse(test::read(vectors / "intel/Intel_SGX_Root_CA.der")).value();
  EXPECT_EQ(intel.fields().key, CertificateKey::p256);
  EXPECT_EQ(intel.fields().signature, CertificateSignature::ecdsa_sha256);
  EXPECT_TRUE(intel.fields().is_ca);
  EXPECT_EQ(test::reason_of(intel.ec_public_key()), "certificate_invalid");

  const auto ark = Certificate::parse(test::read(vectors / "sev-snp/lunal-milan-ark.der")).value();
  const auto ask = Certificate::parse(test::read(vectors / "sev-snp/lunal-milan-ask.der")).value();
  const auto vcek = Certificate::parse(test::read(vectors / "sev-snp/go-sev-guest-vcek.der")).value();
  EXPECT_EQ(ark.fields().key, CertificateKey::rsa);
  EXPECT_EQ(ask.fields().signature, CertificateSignature::rsa_pss_sha384);
  EXPECT_EQ(vcek.fields().key, CertificateKey::p384);
  // The chain walker is the same; only the profile says that AMD's authorities are RSA and its leaf carries no usage.
  const ChainProfile amd{.ca_key = CertificateKey::rsa,
                         .leaf_key = CertificateKey::p384,
                         .signature = CertificateSignature::rsa_pss_sha384,
                         .key_usage_required = false};
  const auto chain = verify_chain(ark, std::span(&ask, 1), vcek, vcek.fields().not_before, amd);
  EXPECT_TRUE(chain) << describe(chain.error());
  EXPECT_EQ(test::reason_of(verify_chain(ark, std::span(&ask, 1), vcek, vcek.fields().not_before)),
            "certificate_invalid");
}

TEST(StrictDer, OneSpellingOnly) {
  struct Case {
    std::string_view der, reason;
  };
  const Case cases[] = {
      {"3003020101", "accepted"},
      {"3000", "accepted"},
      {"", "truncated"},
      {"30", "truncated"},
      {"300302", "truncated"},
      {"30030201", "truncated"},
      {"300302010100", "trailing_bytes"},
      {"3080020101000000", "malformed"},  // indefinite length
      {"308103020101", "malformed"},      // a length in two bytes that fits one
      {"30820003020101", "malformed"},    // in three
      {"30850000000000", "malformed"},    // in six
      {"300402020001", "malformed"},      // 00 01
      {"30040202ff80", "malformed"},      // ff 80
      {"300402020080", "accepted"},       // 128
      {"30020200", "malformed"},          // an integer of no bytes
      {"3003010101", "malformed"},        // true as 01
      {"30030101ff", "accepted"},
      {"3004030201fe", "accepted"},   // seven bits
      {"3004030201ff", "malformed"},  // unused bits set
      {"3004030208ff", "malformed"},  // eight unused bits
      {"3003030101", "malformed"},    // unused bits of no byte
      {"300305010a", "malformed"},    // NULL with content
      {"2403040161", "malformed"},    // a constructed octet string
      {"1000", "malformed"},          // a primitive sequence
      {"3003060180", "malformed"},    // an object identifier cut short
      {"3f1f00", "malformed"},        // a tag above 30
      {"30040202017f", "accepted"},
      {"30040203017f", "malformed"},  // an element longer than the sequence that holds it
  };
  for (const auto& [der, reason] : cases) {
    EXPECT_EQ(test::reason_of(strict_der(hex(der))), reason) << der;
  }
  Bytes deep;
  for (int i = 0; i < 20; ++i) deep = concat({Bytes{0x30, static_cast<std::uint8_t>(deep.size())}, deep});
  EXPECT_EQ(test::reason_of(strict_der(deep)), "too_deep");
}
}  // namespace
}  // namespace glovebox::crypto
