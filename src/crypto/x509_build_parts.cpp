#include "crypto/x509_build_parts.h"

#include <openssl/x509v3.h>

namespace glovebox::crypto {
namespace {
using Revoked = std::unique_ptr<X509_REVOKED, Freed<X509_REVOKED_free>>;
using Number = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;

template <auto Encode, class Object>
Bytes encoded(Object* object) {
  const int size = Encode(object, nullptr);
  must(size > 0, "DER");
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  must(Encode(object, &at) == size, "DER");
  return out;
}
}  // namespace

CrlOwned unsigned_list(const Certificate& issuer, Time this_update, Time next_update,
                       std::span<const std::uint64_t> serials) {
  CrlOwned out(X509_CRL_new());
  X509_CRL* const x = out.get();
  must(x && X509_CRL_set_version(x, X509_CRL_VERSION_2) == 1 &&
           X509_CRL_set_issuer_name(x, X509_get_subject_name(issuer.state().x509.get())) == 1 &&
           X509_CRL_set1_lastUpdate(x, asn1_time(this_update).get()) == 1 &&
           X509_CRL_set1_nextUpdate(x, asn1_time(next_update).get()) == 1,
       "revocation list");
  for (const std::uint64_t serial : serials) {
    Revoked entry(X509_REVOKED_new());
    const Number number(ASN1_INTEGER_new());
    must(entry && number && ASN1_INTEGER_set_uint64(number.get(), serial) == 1 &&
             X509_REVOKED_set_serialNumber(entry.get(), number.get()) == 1 &&
             X509_REVOKED_set_revocationDate(entry.get(), asn1_time(this_update).get()) == 1 &&
             X509_CRL_add0_revoked(x, entry.get()) == 1,
         "revoked certificate");
    entry.release();  // the list's
  }
  must(X509_CRL_sort(x) == 1, "revocation list");
  return out;
}

Bytes der_of(X509* certificate) {
  return encoded<i2d_X509>(certificate);
}
Bytes der_of(X509_CRL* list) {
  return encoded<i2d_X509_CRL>(list);
}

}  // namespace glovebox::crypto
