// x509_build.h: issues certificates for test roots (devnsm, tests). Nothing measured links what only this needs.
#pragma once
#include "crypto/x509.h"

namespace glovebox::crypto {

// CertificateTemplate is what an issued certificate shall say. It is the issuer's business that it makes sense: tests
// issue wrong ones.
struct CertificateTemplate {
  std::string common_name;
  std::string organization = "glovebox development";
  Time not_before;
  Time not_after;
  bool is_ca = false;
  bool has_basic_constraints = true;
  std::optional<std::uint32_t> path_length = {};
  std::optional<std::uint16_t> key_usage = {};                          // bits as in CertificateFields
  CertificateSignature signature = CertificateSignature::ecdsa_sha384;  // or ecdsa_sha256, for tests
  std::string unknown_critical_extension = {};                          // a dotted object identifier, for tests
};

// root_template, intermediate_template and leaf_template are Nitro-shaped templates; the caller may change them.
CertificateTemplate root_template(std::string common_name, Time not_before, Time not_after);
CertificateTemplate intermediate_template(std::string common_name, Time not_before, Time not_after,
                                          std::uint32_t path_length);
CertificateTemplate leaf_template(std::string common_name, Time not_before, Time not_after);

// self_signed issues a root; issue issues a certificate for `subject` under `issuer`. Both return DER.
Bytes self_signed(const CertificateTemplate& what, const EcKey& key);
Bytes issue(const CertificateTemplate& what, const EcPublic& subject, const Certificate& issuer,
            const EcKey& issuer_key);

}  // namespace glovebox::crypto
