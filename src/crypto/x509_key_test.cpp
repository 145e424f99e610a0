// The quick way to a certificate's key and signature against OpenSSL's own, over good certificates of each kind and
// everything that one changed byte makes of them.
#include "crypto/x509_key.h"

#include "crypto/x509_build_p256.h"
#include "crypto/x509_build_rsa.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
const Time from = Time::from_seconds(1'700'000'000);
const Time until = from.plus_seconds(3600);

struct Pair {
  std::string what;
  Certificate issuer;
  Certificate issued;
  Certificate stranger;  // with a key of the same kind
};

CertificateTemplate root_of(const char* name) {
  return root_template(name, from, until);
}

std::vector<Pair> pairs() {
  std::vector<Pair> out;
  const auto parsed = [](const Bytes& der) { return Certificate::parse(der).value(); };
  {
    const auto key = EcKey::generate();
    const auto root = parsed(self_signed(root_of("p384"), key));
    out.push_back({"P-384", root, parsed(issue(leaf_template("leaf", from, until), key.public_key(), root, key)),
                   parsed(self_signed(root_of("p384"), EcKey::generate()))});
    auto other_hash = leaf_template("leaf", from, until);
    other_hash.signature = CertificateSignature::ecdsa_sha256;
    out.push_back({"P-384 with SHA-256", root, parsed(issue(other_hash, key.public_key(), root, key)), root});
  }
  {
    const auto key = P256Key::generate();
    const auto root = parsed(self_signed(P256Issue{.what = root_of("p256")}, key));
    const P256Issue leaf{.what = leaf_template("leaf", from, until)};
    const auto stranger = parsed(self_signed(P256Issue{.what = root_of("p256")}, P256Key::generate()));
    out.push_back({"P-256", root, parsed(issue(leaf, key.public_key(), root, key)), stranger});
  }
  const auto rsa = RsaKey::generate(2048);
  const auto rsa_stranger = RsaKey::generate(2048);
  for (const int salt : {48, 32}) {
    const RsaIssue what{.what = root_of("rsa"), .salt_size = salt};
    const auto root = parsed(self_signed(what, rsa));
    out.push_back({"RSA, salt of " + std::to_string(salt), root, parsed(issue(what, rsa_stranger, root, rsa)),
                   parsed(self_signed(what, rsa_stranger))});
  }
  return out;
}

Bytes spki_in(const Certificate& certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.state().x509.get()), &der);
  const Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// same_key holds the two ways to a key against each other; says whether there is one.
bool same_key(View spki) {
  const ForgetErrors forget;
  const Pkey quick = key_from_spki(spki);
  const Pkey slow = key_by_decoder(spki);
  EXPECT_EQ(quick == nullptr, slow == nullptr) << to_hex(spki);
  if (quick == nullptr || slow == nullptr) return false;
  EXPECT_EQ(EVP_PKEY_eq(quick.get(), slow.get()), 1) << to_hex(spki);
  EXPECT_EQ(EVP_PKEY_get_bits(quick.get()), EVP_PKEY_get_bits(slow.get())) << to_hex(spki);
  return true;
}

TEST(X509Key, TheSameAsOpenSsl) {
  for (const Pair& p : pairs()) {
    SCOPED_TRACE(p.what);
    EVP_PKEY* const key = p.issuer.state().key.get();
    EVP_PKEY* const other = p.stranger.state().key.get();
    EXPECT_TRUE(has_signature_of(p.issued.state(), key));
    EXPECT_TRUE(signature_by_openssl(p.issued.state(), key));
    EXPECT_TRUE(has_signature_of(p.issuer.state(), key));
    EXPECT_EQ(has_signature_of(p.issued.state(), other), signature_by_openssl(p.issued.state(), other));
    EXPECT_FALSE(has_signature_of(p.issued.state(), nullptr));
    EXPECT_TRUE(same_key(spki_in(p.issuer)));
    EXPECT_EQ(X509_get0_pubkey(p.issuer.state().x509.get()), nullptr) << "its form alone";
  }
  // A key of another kind made no signature, whichever way it is asked.
  const auto all = pairs();
  for (const Pair& a : all)
    for (const Pair& b : all) {
      const ForgetErrors forget;
      EVP_PKEY* const key = b.issuer.state().key.get();
      EXPECT_EQ(has_signature_of(a.issued.state(), key), signature_by_openssl(a.issued.state(), key))
          << a.what << " by " << b.what;
    }
}

// Whatever one changed byte makes of a certificate, where it is still one: the same verdict, and never a good one but
// for what is not signed.
TEST(X509Key, NoChangedByteIsJudgedOtherwise) {
  for (const Pair& p : pairs()) {
    SCOPED_TRACE(p.what);
    const Bytes whole = to_bytes(p.issued.der());
    std::size_t parsed = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      Bytes changed = whole;
      changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
      const auto certificate = Certificate::parse(changed);
      if (!certificate) continue;
      ++parsed;
      const ForgetErrors forget;
      EVP_PKEY* const key = p.issuer.state().key.get();
      const bool quick = has_signature_of(certificate->state(), key);
      ASSERT_EQ(quick, signature_by_openssl(certificate->state(), key)) << i;
      ASSERT_FALSE(quick) << i;
    }
    EXPECT_GT(parsed, whole.size() / 4);
  }
}

TEST(X509Key, NoChangedByteOfAKeyIsReadOtherwise) {
  for (const Pair& p : pairs()) {
    SCOPED_TRACE(p.what);
    const Bytes whole = spki_in(p.issuer);
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const unsigned bit : {0U, 7U}) {
        Bytes changed = whole;
        changed[i] ^= static_cast<std::uint8_t>(1U << bit);
        const std::uint8_t* at = changed.data();
        const ForgetErrors forget;
        X509_PUBKEY* const form = d2i_X509_PUBKEY(nullptr, &at, static_cast<long>(changed.size()));
        const bool is_form = form != nullptr && at == changed.data() + changed.size();
        X509_PUBKEY_free(form);
        if (is_form) (void)same_key(changed);
      }
  }
}

// as_openssl_reads holds what was read of a certificate to what OpenSSL reads; of a refused one, why. Says whether it
// is one.
bool as_openssl_reads(View der) {
  const ForgetErrors forget;
  const auto certificate = Certificate::parse(der);
  const X509Owned x509 = parse_form(der);
  const bool of_extensions = !certificate && describe(certificate.error()).contains("an extension that cannot be read");
  if (x509 == nullptr || (!certificate && !of_extensions)) return false;
  EXPECT_EQ(extensions_hold_by_openssl(x509.get()), !of_extensions) << to_hex(der);
  if (!certificate) return false;
  EXPECT_EQ(certificate->fields().subject, name_by_openssl(X509_get_subject_name(x509.get())));
  EXPECT_EQ(certificate->fields().issuer, name_by_openssl(X509_get_issuer_name(x509.get())));
  EXPECT_EQ(certificate->fields().signature, signature_kind_by_openssl(x509.get())) << to_hex(der);
  return true;
}

TEST(X509Key, NamesAlgorithmsAndExtensionsAreReadAsOpenSslReadsThem) {
  const auto bytes_of = [](std::string_view hex) { return from_hex(hex).value(); };
  const std::vector<std::pair<std::string, Bytes>> known = {
      {"2.5.29.14", bytes_of("04080102030405060708")},                      // subject key identifier
      {"2.5.29.35", bytes_of("300a80080102030405060708")},                  // authority key identifier
      {"2.5.29.31", bytes_of("30123010a00ea00c860a687474703a2f2f612f62")},  // distribution points of lists
      {"2.5.29.37", bytes_of("300a06082b06010505070301")},                  // extended key usage
      {"2.5.29.17", bytes_of("3003820161")},                                // other names
      {"1.3.6.1.4.1.3704.1.3.1", bytes_of("020103")},                       // AMD's
  };
  const auto key = P256Key::generate();
  std::size_t parsed = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i <= known.size(); ++i) {
    P256Issue what{.what = root_of("one")};
    for (std::size_t k = 0; k < known.size(); ++k)
      if (k == i || (i == known.size() && k < 2)) what.extensions.push_back({known[k].first, known[k].second});
    const Bytes whole = self_signed(what, key);
    ASSERT_TRUE(as_openssl_reads(whole)) << i;
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (const unsigned bit : {0U, 3U, 6U}) {
        Bytes changed = whole;
        changed[at] ^= static_cast<std::uint8_t>(1U << bit);
        ++(as_openssl_reads(changed) ? parsed : refused);
      }
    for (auto& extension : what.extensions) {
      extension.value.pop_back();  // each as it must not be
      const Bytes wrong = self_signed(what, key);
      (void)as_openssl_reads(wrong);
    }
  }
  EXPECT_GT(parsed, 1000U);
  EXPECT_GT(refused, 1000U);
  P256Issue what{.what = root_of("none")};
  what.what.key_usage = std::uint16_t{0};
  EXPECT_FALSE(as_openssl_reads(self_signed(what, key))) << "a key usage of nothing";
  for (const Pair& p : pairs())
    EXPECT_TRUE(as_openssl_reads(p.issued.der()) && as_openssl_reads(p.issuer.der())) << p.what;
}

TEST(X509Key, NamesOfAllSigns) {
  const auto key = P256Key::generate();
  for (int c = 1; c < 256; ++c)
    for (const auto& [front, back] : {std::pair("a", "b"), std::pair("", "b"), std::pair("a", "")}) {
      const std::string sign =
          c < 128 ? std::string(1, static_cast<char>(c)) : std::string("\xc3") + static_cast<char>(c & 0xbf);
      const Bytes der = self_signed(P256Issue{.what = root_of((front + sign + back).c_str())}, key);
      (void)as_openssl_reads(der);
    }
  EXPECT_TRUE(as_openssl_reads(self_signed(P256Issue{.what = root_of(std::string(64, 'a').c_str())}, key)));
}
}  // namespace
}  // namespace glovebox::crypto
