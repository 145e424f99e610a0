#include "crypto/x509_build_parts.h"

#include <openssl/x509v3.h>

namespace glovebox::crypto {
namespace {
using Revoked = std::unique_ptr<X509_REVOKED, Freed<X509_REVOKED_free>>;
using Number = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using KeyName = std::unique_ptr<AUTHORITY_KEYID, Freed<AUTHORITY_KEYID_free>>;

template <auto Encode, class Object>
Bytes encoded(Object* object) {
  const int size = Encode(object, nullptr);
  must(size > 0, "DER");
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  must(Encode(object, &at) == size, "DER");
  return out;
}

// add_usual adds what every list has (RFC 5280, sections 5.2.1 and 5.2.3): the name of its issuer's key, where the
// issuer's certificate says one, and a number that grows. No verifier of ours looks at them; others want them.
void add_usual(X509_CRL* list, X509* issuer, Time this_update) {
  const Number number(ASN1_INTEGER_new());
  must(number && ASN1_INTEGER_set_int64(number.get(), this_update.seconds()) == 1 &&
           X509_CRL_add1_ext_i2d(list, NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT) == 1,
       "number of a revocation list");
  const ASN1_OCTET_STRING* const named = X509_get0_subject_key_id(issuer);
  if (named == nullptr) return;
  const KeyName key(AUTHORITY_KEYID_new());
  must(key && (key->keyid = ASN1_OCTET_STRING_dup(named)) != nullptr &&
           X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, key.get(), 0, X509V3_ADD_DEFAULT) == 1,
       "key of a revocation list");
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
  add_usual(x, issuer.state().x509.get(), this_update);
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
