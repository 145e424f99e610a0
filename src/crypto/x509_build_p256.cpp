#include "crypto/x509_build_p256.h"

#include <openssl/x509v3.h>

#include "crypto/p256_state.h"
#include "crypto/x509_build_parts.h"

namespace glovebox::crypto {
namespace {
using CrlOwned = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;

template <class Encode>
Bytes der_of(Encode encode) {
  const int size = encode(nullptr);
  must(size > 0, "DER");
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  must(encode(&at) == size, "DER");
  return out;
}

Bytes issue_with(const P256Issue& issue, EVP_PKEY* subject, const X509_NAME* issuer, const P256Key& key) {
  const X509Owned certificate = unsigned_certificate(issue.what, subject, issuer);
  X509* const x = certificate.get();
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), issue.serial) == 1, "serial number");
  for (const auto& extension : issue.extensions) add_extension(x, extension.dotted.c_str(), extension.value, false);
  must(X509_sign(x, key.state().key.get(), digest_named(issue.sha384 ? "SHA2-384" : "SHA2-256")) > 0, "X509_sign");
  return der_of([&](std::uint8_t** at) { return i2d_X509(x, at); });
}
}  // namespace

Bytes self_signed(const P256Issue& what, const P256Key& key) {
  return issue_with(what, key.state().key.get(), name_of(what.what).get(), key);
}

Bytes issue(const P256Issue& what, const P256Public& subject, const Certificate& issuer, const P256Key& issuer_key) {
  return issue_with(what, subject.state().key.get(), X509_get_subject_name(issuer.state().x509.get()), issuer_key);
}

Bytes issue(const P256Issue& what, const EcPublic& subject, const Certificate& issuer, const P256Key& issuer_key) {
  return issue_with(what, subject.state().key.get(), X509_get_subject_name(issuer.state().x509.get()), issuer_key);
}

Bytes revocation_list(const Certificate& issuer, const P256Key& issuer_key, Time this_update, Time next_update,
                      std::span<const std::uint64_t> serials, bool sha384) {
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
  must(X509_CRL_sort(x) == 1 &&
           X509_CRL_sign(x, issuer_key.state().key.get(), digest_named(sha384 ? "SHA2-384" : "SHA2-256")) > 0,
       "revocation list");
  return der_of([&](std::uint8_t** at) { return i2d_X509_CRL(x, at); });
}

}  // namespace glovebox::crypto
