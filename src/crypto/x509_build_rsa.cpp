#include "crypto/x509_build_rsa.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/x509_build_parts.h"

namespace glovebox::crypto {

struct RsaKey::State {
  Pkey key;
};

namespace {
using CrlOwned = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;

// signing readies a context.
DigestContext signing(const RsaKey& key, const ListSignature& how) {
  DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  must(context && EVP_DigestSignInit_ex(context.get(), &parameters, how.digest, nullptr, nullptr, key.state().key.get(),
                                        nullptr) == 1,
       "RSA");
  if (how.salt_size)
    must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, *how.salt_size) == 1,
         "PSS");
  return context;
}

template <class Encode>
Bytes der_of(Encode encode) {
  const int size = encode(nullptr);
  must(size > 0, "DER");
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  must(encode(&at) == size, "DER");
  return out;
}

Bytes issue_with(const RsaIssue& issue, EVP_PKEY* subject, const X509_NAME* issuer, const RsaKey& key) {
  const X509Owned certificate = unsigned_certificate(issue.what, subject, issuer);
  X509* const x = certificate.get();
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), issue.serial) == 1, "serial number");
  for (const auto& extension : issue.extensions) add_extension(x, extension.dotted.c_str(), extension.value, false);
  must(X509_sign_ctx(x, signing(key, {.salt_size = issue.salt_size}).get()) > 0, "X509_sign_ctx");
  return der_of([&](std::uint8_t** at) { return i2d_X509(x, at); });
}
}  // namespace

RsaKey RsaKey::generate(unsigned bits) {
  RsaKey out;
  out.state_ = std::make_shared<const State>(
      State{Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)))});
  must(out.state_->key != nullptr, "RSA key");
  return out;
}

Bytes self_signed(const RsaIssue& what, const RsaKey& key) {
  return issue_with(what, key.state().key.get(), name_of(what.what).get(), key);
}

Bytes issue(const RsaIssue& what, const RsaKey& subject, const Certificate& issuer, const RsaKey& issuer_key) {
  return issue_with(what, subject.state().key.get(), X509_get_subject_name(issuer.state().x509.get()), issuer_key);
}

Bytes issue(const RsaIssue& what, const EcPublic& subject, const Certificate& issuer, const RsaKey& issuer_key) {
  return issue_with(what, subject.state().key.get(), X509_get_subject_name(issuer.state().x509.get()), issuer_key);
}

Bytes revocation_list(const Certificate& issuer, const RsaKey& issuer_key, Time this_update, Time next_update,
                      std::span<const std::uint64_t> serials, const ListSignature& how) {
  const CrlOwned crl(X509_CRL_new());
  X509_CRL* const x = crl.get();
  must(x && X509_CRL_set_version(x, X509_CRL_VERSION_2) == 1 &&
           X509_CRL_set_issuer_name(x, X509_get_subject_name(issuer.state().x509.get())) == 1 &&
           X509_CRL_set1_lastUpdate(x, asn1_time(this_update).get()) == 1 &&
           X509_CRL_set1_nextUpdate(x, asn1_time(next_update).get()) == 1,
       "revocation list");
  for (const std::uint64_t serial : serials) {
    std::unique_ptr<X509_REVOKED, Freed<X509_REVOKED_free>> entry(X509_REVOKED_new());
    const std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>> number(ASN1_INTEGER_new());
    must(entry && number && ASN1_INTEGER_set_uint64(number.get(), serial) == 1 &&
             X509_REVOKED_set_serialNumber(entry.get(), number.get()) == 1 &&
             X509_REVOKED_set_revocationDate(entry.get(), asn1_time(this_update).get()) == 1 &&
             X509_CRL_add0_revoked(x, entry.get()) == 1,
         "revoked certificate");
    entry.release();  // the list's
  }
  must(X509_CRL_sort(x) == 1 && X509_CRL_sign_ctx(x, signing(issuer_key, how).get()) > 0, "revocation list");
  return der_of([&](std::uint8_t** at) { return i2d_X509_CRL(x, at); });
}

}  // namespace glovebox::crypto
