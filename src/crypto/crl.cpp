#include "crypto/crl.h"

#include <openssl/x509v3.h>

#include <ctime>

#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/pss_parameters.h"

namespace glovebox::crypto {
namespace {
using CrlOwned = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
constexpr std::size_t name_text_max = 256;

std::unexpected<Error> invalid(std::string found, std::string expected = {}) {
  return fail(Reject::collateral_invalid, std::move(found), std::move(expected));
}

std::optional<Time> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return Time::from_seconds(::timegm(&parts));
}

std::string readable(const X509_NAME* name) {
  char text[name_text_max] = {};
  X509_NAME_oneline(name, text, sizeof text);
  return text;
}

// signed_as_specified: the one algorithm that lists of this kind of key are signed with. AMD's RSA keys use PSS with
// SHA-384 (VCEK Certificate and KDS Interface Specification, 57230, section 3), Intel's on P-256 use SHA-256 (PCK
// Certificate and CRL Profile Specification, section 2). A weaker digest under the same key proves less.
bool signed_as_specified(const X509_CRL* crl, CertificateKey key) {
  const X509_ALGOR* algorithm = nullptr;
  X509_CRL_get0_signature(crl, nullptr, &algorithm);
  switch (key) {
    case CertificateKey::rsa:
      return is_pss_sha384_48(algorithm);
    case CertificateKey::p256:
      return X509_CRL_get_signature_nid(crl) == NID_ecdsa_with_SHA256;
    case CertificateKey::p384:
      return X509_CRL_get_signature_nid(crl) == NID_ecdsa_with_SHA384;
    case CertificateKey::other:
      break;
  }
  return false;
}
}  // namespace

struct Crl::State {
  Bytes der;
  std::string issuer;
  Bytes issuer_der;
  Time this_update;
  Time next_update;
  Digest digest;
  CrlOwned crl;
};

Result<Crl> Crl::parse(View der) {
  const ForgetErrors forget;
  if (der.size() > crl_size_max) return invalid("a list of " + std::to_string(der.size()) + " bytes", "at most 1 MiB");
  if (const auto form = strict_der(der); !form) return invalid("a list not in DER: " + describe(form.error()));
  const std::uint8_t* at = der.data();
  CrlOwned crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (crl == nullptr || at != der.data() + der.size()) return invalid("DER that is no revocation list");
  const auto from = time_of(X509_CRL_get0_lastUpdate(crl.get()));
  const auto until = time_of(X509_CRL_get0_nextUpdate(crl.get()));
  if (!from || !until) return invalid("a revocation list without its times", "this update and next update");
  for (int i = 0; i < X509_CRL_get_ext_count(crl.get()); ++i)
    if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl.get(), i)) != 0)
      return invalid("a critical extension of a revocation list", "a complete list of one issuer");
  const X509_NAME* const name = X509_CRL_get_issuer(crl.get());
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  must(X509_NAME_get0_der(name, &bytes, &size) == 1, "X.509 name");
  return Crl(std::make_shared<const State>(State{.der = to_bytes(der),
                                                 .issuer = readable(name),
                                                 .issuer_der = to_bytes({bytes, size}),
                                                 .this_update = *from,
                                                 .next_update = *until,
                                                 .digest = sha256(der),
                                                 .crl = std::move(crl)}));
}

const std::string& Crl::issuer() const {
  return state_->issuer;
}
Time Crl::this_update() const {
  return state_->this_update;
}
Time Crl::next_update() const {
  return state_->next_update;
}

View Crl::der() const {
  return state_->der;
}
const Digest& Crl::digest() const {
  return state_->digest;
}

bool Crl::names(const Certificate& issuer) const {
  return equal(state_->issuer_der, issuer.fields().subject_der);
}

bool Crl::issued_by(const Certificate& issuer) const {
  const ForgetErrors forget;
  if (!names(issuer) || !issuer.fields().allows(KeyUsage::crl_sign)) return false;
  if (!signed_as_specified(state_->crl.get(), issuer.fields().key)) return false;
  EVP_PKEY* const key = issuer.state().key.get();
  return key != nullptr && X509_CRL_verify(state_->crl.get(), key) == 1;
}

bool Crl::revokes(const Certificate& certificate) const {
  X509_REVOKED* entry = nullptr;
  return X509_CRL_get0_by_serial(state_->crl.get(), &entry, X509_get_serialNumber(certificate.state().x509.get())) == 1;
}

}  // namespace glovebox::crypto
