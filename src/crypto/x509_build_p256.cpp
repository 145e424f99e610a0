#include "crypto/x509_build_p256.h"

#include "crypto/p256_state.h"
#include "crypto/x509_build_parts.h"

namespace glovebox::crypto {
namespace {
Bytes issue_with(const P256Issue& issue, EVP_PKEY* subject, const X509_NAME* issuer, const P256Key& key) {
  const X509Owned certificate = unsigned_from(issue, subject, issuer);
  must(X509_sign(certificate.get(), key.state().key.get(), digest_named(issue.sha384 ? "SHA2-384" : "SHA2-256")) > 0,
       "X509_sign");
  return der_of(certificate.get());
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
  const CrlOwned list = unsigned_list(issuer, this_update, next_update, serials);
  must(X509_CRL_sign(list.get(), issuer_key.state().key.get(), digest_named(sha384 ? "SHA2-384" : "SHA2-256")) > 0,
       "revocation list");
  return der_of(list.get());
}

}  // namespace glovebox::crypto
