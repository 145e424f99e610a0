#include "crypto/x509_build_rsa.h"

#include <openssl/rsa.h>

#include "crypto/x509_build_parts.h"

namespace glovebox::crypto {

struct RsaKey::State {
  Pkey key;
};

namespace {
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

Bytes issue_with(const RsaIssue& issue, EVP_PKEY* subject, const X509_NAME* issuer, const RsaKey& key) {
  const X509Owned certificate = unsigned_from(issue, subject, issuer);
  must(X509_sign_ctx(certificate.get(), signing(key, {.salt_size = issue.salt_size}).get()) > 0, "X509_sign_ctx");
  return der_of(certificate.get());
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
  const CrlOwned list = unsigned_list(issuer, this_update, next_update, serials);
  must(X509_CRL_sign_ctx(list.get(), signing(issuer_key, how).get()) > 0, "revocation list");
  return der_of(list.get());
}

}  // namespace glovebox::crypto
