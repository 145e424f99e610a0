#include "crypto/chain_memory.h"
#include "crypto/openssl.h"
#include "crypto/x509.h"
#include "crypto/x509_key.h"

namespace glovebox::crypto {
namespace {
std::string_view text(CertificateKey key) {
  switch (key) {
    case CertificateKey::p256:
      return "P-256";
    case CertificateKey::p384:
      return "P-384";
    case CertificateKey::rsa:
      return "RSA";
    case CertificateKey::other:
      break;
  }
  return "another key";
}

std::string_view text(CertificateSignature signature) {
  switch (signature) {
    case CertificateSignature::ecdsa_sha256:
      return "ecdsa-with-SHA256";
    case CertificateSignature::ecdsa_sha384:
      return "ecdsa-with-SHA384";
    case CertificateSignature::rsa_pss_sha384:
      return "RSA-PSS with SHA-384";
    case CertificateSignature::other:
      break;
  }
  return "another signature algorithm";
}

std::unexpected<Error> invalid(const Certificate& certificate, std::string found, std::string expected) {
  return fail(Reject::certificate_invalid, certificate.fields().subject + ": " + std::move(found), std::move(expected));
}

Status check_algorithms(const Certificate& certificate, CertificateKey key, const ChainProfile& profile) {
  const CertificateFields& fields = certificate.fields();
  if (fields.key != key) return invalid(certificate, std::string(text(fields.key)), std::string(text(key)));
  if (fields.signature != profile.signature)
    return invalid(certificate, std::string(text(fields.signature)), std::string(text(profile.signature)));
  if (fields.has_unknown_critical_extension)
    return invalid(certificate, "a critical extension that is not known", "basic constraints and key usage alone");
  return {};
}

Status check_usage(const Certificate& certificate, KeyUsage usage, std::string_view word, const ChainProfile& profile) {
  const CertificateFields& fields = certificate.fields();
  if (fields.allows(usage) || (!fields.key_usage && !profile.key_usage_required)) return {};
  return invalid(certificate, fields.key_usage ? "another key usage" : "no key usage", std::string(word));
}

// check_authority: `below` is the number of certificates between this one and the leaf (RFC 5280 section 4.2.1.9).
Status check_authority(const Certificate& certificate, std::size_t below, const ChainProfile& profile) {
  const CertificateFields& fields = certificate.fields();
  GLOVEBOX_CHECK(check_algorithms(certificate, profile.ca_key, profile));
  if (!fields.has_basic_constraints || !fields.is_ca) return invalid(certificate, "no authority", "CA:TRUE");
  if (fields.path_length && *fields.path_length < below)
    return invalid(certificate, std::to_string(below) + " authorities below it",
                   "at most " + std::to_string(*fields.path_length));
  return check_usage(certificate, KeyUsage::key_cert_sign, "keyCertSign", profile);
}

Status check_leaf(const Certificate& leaf, const ChainProfile& profile) {
  const CertificateFields& fields = leaf.fields();
  GLOVEBOX_CHECK(check_algorithms(leaf, profile.leaf_key, profile));
  if (fields.is_ca || fields.path_length) return invalid(leaf, "an authority", "a leaf without CA and path length");
  return check_usage(leaf, KeyUsage::digital_signature, "digitalSignature", profile);
}

bool issued_by(const Certificate& certificate, const Certificate& issuer, ChainMemory* memory) {
  if (!equal(certificate.fields().issuer_der, issuer.fields().subject_der)) return false;
  if (memory != nullptr && memory->knows(issuer.digest(), certificate.digest())) return true;
  const ForgetErrors forget;
  return has_signature_of(certificate.state(), issuer.state().key.get());
}

Status check_time(const Certificate& certificate, Time at) {
  const CertificateFields& fields = certificate.fields();
  // notAfter names the last valid second, all of it.
  if (at >= fields.not_before && at < fields.not_after.plus_seconds(1)) return {};
  return fail(Reject::certificate_expired, fields.subject + " at " + to_rfc3339(at),
              to_rfc3339(fields.not_before) + " to " + to_rfc3339(fields.not_after));
}
}  // namespace

Status verify_chain(const Certificate& root, std::span<const Certificate> intermediates, const Certificate& leaf,
                    Time at, const ChainProfile& profile) {
  return verify_chain(root, intermediates, leaf, at, profile, nullptr);
}

Status verify_chain(const Certificate& root, std::span<const Certificate> intermediates, const Certificate& leaf,
                    Time at, const ChainProfile& profile, ChainMemory* memory) {
  if (intermediates.size() + 2 > certificate_chain_max)
    return fail(Reject::certificate_invalid, std::to_string(intermediates.size() + 2) + " certificates",
                "at most " + std::to_string(certificate_chain_max));
  // Links first: a chain to another root is not ours, whatever else is wrong with it.
  const Certificate& first = intermediates.empty() ? leaf : intermediates.front();
  if (!issued_by(first, root, memory))
    return fail(Reject::root_unknown, "a certificate issued by " + first.fields().issuer,
                "one issued by the pinned " + root.fields().subject);
  for (std::size_t i = 1; i < intermediates.size(); ++i)
    if (!issued_by(intermediates[i], intermediates[i - 1], memory))
      return invalid(intermediates[i], "not issued by the certificate above it", "its issuer's signature");
  if (!intermediates.empty() && !issued_by(leaf, intermediates.back(), memory))
    return invalid(leaf, "not issued by the certificate above it", "its issuer's signature");

  GLOVEBOX_CHECK(check_authority(root, intermediates.size(), profile));
  for (std::size_t i = 0; i < intermediates.size(); ++i)
    GLOVEBOX_CHECK(check_authority(intermediates[i], intermediates.size() - 1 - i, profile));
  GLOVEBOX_CHECK(check_leaf(leaf, profile));

  // Time last: "expired" then says that nothing else is wrong.
  GLOVEBOX_CHECK(check_time(root, at));
  for (const Certificate& intermediate : intermediates) GLOVEBOX_CHECK(check_time(intermediate, at));
  GLOVEBOX_CHECK(check_time(leaf, at));
  if (memory == nullptr) return {};
  // Only now: what no pinned root leads to is not worth remembering, whoever sent it.
  const Certificate* above = &root;
  memory->keep(root);
  for (const Certificate& intermediate : intermediates) {
    memory->learn(above->digest(), intermediate.digest());
    memory->keep(intermediate);
    above = &intermediate;
  }
  memory->learn(above->digest(), leaf.digest());
  memory->keep(leaf);
  return {};
}
}  // namespace glovebox::crypto
