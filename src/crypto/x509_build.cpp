#include "crypto/x509_build.h"

#include <openssl/x509v3.h>

#include "crypto/random.h"
#include "crypto/x509_build_parts.h"

namespace glovebox::crypto {
namespace {
constexpr std::uint16_t authority_usage = static_cast<std::uint16_t>(KeyUsage::digital_signature) |
                                          static_cast<std::uint16_t>(KeyUsage::key_cert_sign) |
                                          static_cast<std::uint16_t>(KeyUsage::crl_sign);

using BasicConstraints = std::unique_ptr<BASIC_CONSTRAINTS, Freed<BASIC_CONSTRAINTS_free>>;
using BitString = std::unique_ptr<ASN1_BIT_STRING, Freed<ASN1_BIT_STRING_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, Freed<ASN1_OBJECT_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
}  // namespace

NameOwned name_of(const CertificateTemplate& what) {
  NameOwned name(X509_NAME_new());
  const auto add = [&](const char* field, const std::string& value) {
    must(name && X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8,
                                            reinterpret_cast<const std::uint8_t*>(value.data()),
                                            static_cast<int>(value.size()), -1, 0) == 1,
         "X.509 name");
  };
  add("O", what.organization);
  add("CN", what.common_name);
  return name;
}

TimeOwned asn1_time(Time time) {
  TimeOwned out(ASN1_TIME_set(nullptr, time.seconds()));
  must(out != nullptr, "X.509 time");
  return out;
}

void add_extension(X509* certificate, const char* dotted, View value, bool critical) {
  const Object object(OBJ_txt2obj(dotted, 1));
  const OctetString octets(ASN1_OCTET_STRING_new());
  must(object && octets && ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size())) == 1,
       "extension");
  const Extension extension(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, octets.get()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

namespace {
void add_extensions(X509* certificate, const CertificateTemplate& what) {
  if (what.has_basic_constraints) {
    const BasicConstraints value(BASIC_CONSTRAINTS_new());
    must(value != nullptr, "basic constraints");
    value->ca = what.is_ca ? 0xff : 0;
    if (what.path_length) {
      value->pathlen = ASN1_INTEGER_new();
      must(value->pathlen != nullptr && ASN1_INTEGER_set_uint64(value->pathlen, *what.path_length) == 1, "path length");
    }
    must(X509_add1_ext_i2d(certificate, NID_basic_constraints, value.get(), 1, X509V3_ADD_DEFAULT) == 1,
         "basic constraints");
  }
  if (what.key_usage) {
    const BitString value(ASN1_BIT_STRING_new());
    for (int i = 0; i < 9; ++i)
      must(value && ASN1_BIT_STRING_set_bit(value.get(), i, (*what.key_usage >> i) & 1) == 1, "key usage");
    must(X509_add1_ext_i2d(certificate, NID_key_usage, value.get(), 1, X509V3_ADD_DEFAULT) == 1, "key usage");
  }
  if (!what.unknown_critical_extension.empty()) {
    const std::uint8_t null[] = {0x05, 0x00};
    add_extension(certificate, what.unknown_critical_extension.c_str(), null, true);
  }
}

}  // namespace

X509Owned unsigned_certificate(const CertificateTemplate& what, EVP_PKEY* subject, const X509_NAME* issuer) {
  X509Owned certificate(X509_new());
  X509* const x = certificate.get();
  must(x != nullptr && X509_set_version(x, X509_VERSION_3) == 1, "X.509");
  must(X509_set1_notBefore(x, asn1_time(what.not_before).get()) == 1 &&
           X509_set1_notAfter(x, asn1_time(what.not_after).get()) == 1,
       "validity");
  must(X509_set_subject_name(x, name_of(what).get()) == 1 && X509_set_issuer_name(x, issuer) == 1, "names");
  must(X509_set_pubkey(x, subject) == 1, "public key");
  add_extensions(x, what);
  return certificate;
}

namespace {
Bytes issue_with(const CertificateTemplate& what, EVP_PKEY* subject, const X509_NAME* issuer, EVP_PKEY* issuer_key) {
  const X509Owned certificate = unsigned_certificate(what, subject, issuer);
  X509* const x = certificate.get();
  Array<8> serial = random_array<8>();
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3f) | 0x40);  // positive, always 8 bytes
  std::uint64_t number = 0;
  for (const std::uint8_t byte : serial) number = number << 8 | byte;
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), number) == 1, "serial number");
  const EVP_MD* digest = digest_named(what.signature == CertificateSignature::ecdsa_sha256 ? "SHA2-256" : "SHA2-384");
  must(X509_sign(x, issuer_key, digest) > 0, "X509_sign");
  return der_of(x);
}
}  // namespace

CertificateTemplate root_template(std::string common_name, Time not_before, Time not_after) {
  return {.common_name = std::move(common_name),
          .not_before = not_before,
          .not_after = not_after,
          .is_ca = true,
          .key_usage = authority_usage};
}

CertificateTemplate intermediate_template(std::string common_name, Time not_before, Time not_after,
                                          std::uint32_t path_length) {
  CertificateTemplate out = root_template(std::move(common_name), not_before, not_after);
  out.path_length = path_length;
  return out;
}

CertificateTemplate leaf_template(std::string common_name, Time not_before, Time not_after) {
  return {.common_name = std::move(common_name),
          .not_before = not_before,
          .not_after = not_after,
          .key_usage = static_cast<std::uint16_t>(KeyUsage::digital_signature)};
}

Bytes self_signed(const CertificateTemplate& what, const EcKey& key) {
  EVP_PKEY* const pkey = key.state().key.get();
  return issue_with(what, pkey, name_of(what).get(), pkey);
}

Bytes issue(const CertificateTemplate& what, const EcPublic& subject, const Certificate& issuer,
            const EcKey& issuer_key) {
  return issue_with(what, subject.state().key.get(), X509_get_subject_name(issuer.state().x509.get()),
                    issuer_key.state().key.get());
}
}  // namespace glovebox::crypto
