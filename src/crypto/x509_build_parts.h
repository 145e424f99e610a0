// x509_build_parts.h: what the builders of test certificates share. Only crypto's own x509_build*.cpp include this.
#pragma once
#include "crypto/openssl.h"
#include "crypto/x509_build.h"

namespace glovebox::crypto {

using NameOwned = std::unique_ptr<X509_NAME, Freed<X509_NAME_free>>;
using CrlOwned = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using TimeOwned = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;

NameOwned name_of(const CertificateTemplate& what);
TimeOwned asn1_time(Time time);
// unsigned_certificate has all of a certificate but its serial number and signature.
X509Owned unsigned_certificate(const CertificateTemplate& what, EVP_PKEY* subject, const X509_NAME* issuer);
// add_extension puts `value` into an extension's OCTET STRING.
void add_extension(X509* certificate, const char* dotted, View value, bool critical);

// unsigned_from is that with serial number and extensions, for issuers whose certificates name them themselves.
template <class Issue>
X509Owned unsigned_from(const Issue& issue, EVP_PKEY* subject, const X509_NAME* issuer) {
  X509Owned out = unsigned_certificate(issue.what, subject, issuer);
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), issue.serial) == 1, "serial number");
  for (const auto& extension : issue.extensions)
    add_extension(out.get(), extension.dotted.c_str(), extension.value, false);
  return out;
}
// unsigned_list names serial numbers, revoked at `this_update`, in their order.
CrlOwned unsigned_list(const Certificate& issuer, Time this_update, Time next_update,
                       std::span<const std::uint64_t> serials);

Bytes der_of(X509* certificate);
Bytes der_of(X509_CRL* list);

}  // namespace glovebox::crypto
