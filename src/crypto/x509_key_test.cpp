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
}  // namespace
}  // namespace glovebox::crypto
