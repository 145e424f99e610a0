// x509_build_parts.h: what the builders of test certificates share. Only crypto's own x509_build*.cpp include this.
#pragma once
#include "crypto/openssl.h"
#include "crypto/x509_build.h"

namespace glovebox::crypto {

using NameOwned = std::unique_ptr<X509_NAME, Freed<X509_NAME_free>>;
using TimeOwned = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;

NameOwned name_of(const CertificateTemplate& what);
TimeOwned asn1_time(Time time);
// unsigned_certificate has all of a certificate but its serial number and signature.
X509Owned unsigned_certificate(const CertificateTemplate& what, EVP_PKEY* subject, const X509_NAME* issuer);
// add_extension puts `value` into an extension's OCTET STRING.
void add_extension(X509* certificate, const char* dotted, View value, bool critical);

}  // namespace glovebox::crypto
