// x509.h: X.509 (RFC 5280) as far as attestation chains need it: certificates in DER, and a chain from a root that we
// pin to a leaf, at a time that the caller names. No revocation lists, no names of hosts, no store of roots.
#pragma once
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/sign.h"

namespace glovebox::crypto {

constexpr std::size_t certificate_size_max = 16384;  // Nitro's are at most 1024 bytes, which its parser checks
constexpr std::size_t certificate_chain_max = 8;     // root, intermediates and leaf together

enum class CertificateKey { p256, p384, rsa, other };
enum class CertificateSignature { ecdsa_sha256, ecdsa_sha384, rsa_pss_sha384, other };

// KeyUsage has the bits of RFC 5280 section 4.2.1.3 that a chain asks about.
enum class KeyUsage : std::uint16_t { digital_signature = 1 << 0, key_cert_sign = 1 << 5, crl_sign = 1 << 6 };

// CertificateFields is what was read from one certificate. Nothing of it is verified.
struct CertificateFields {
  std::string subject;  // readable, for messages: "CN=aws.nitro-enclaves,OU=AWS,..."; control bytes escaped
  std::string issuer;
  Bytes subject_der;
  Bytes issuer_der;
  Time not_before;
  Time not_after;
  bool has_basic_constraints = false;
  bool is_ca = false;
  std::optional<std::uint32_t> path_length;
  std::optional<std::uint16_t> key_usage;  // bit i is bit i of the extension; nothing where there is none
  bool has_unknown_critical_extension = false;
  CertificateKey key = CertificateKey::other;
  CertificateSignature signature = CertificateSignature::other;

  bool allows(KeyUsage usage) const { return key_usage && (*key_usage & static_cast<std::uint16_t>(usage)) != 0; }
};

// Certificate is one parsed certificate; copies share it.
class Certificate {
 public:
  // parse reads strict DER, version 3, to the last byte. certificate_invalid, whatever is wrong with it.
  static Result<Certificate> parse(View der);
  // parse_pem reads exactly one PEM block "CERTIFICATE".
  static Result<Certificate> parse_pem(View pem);

  const CertificateFields& fields() const;
  View der() const;
  const Digest& digest() const;            // SHA-256 of the DER: how roots are pinned
  Result<EcPublic> ec_public_key() const;  // certificate_invalid unless the key is on P-384

  struct State;
  const State& state() const { return *state_; }  // for crypto's own .cpp files

 private:
  friend class ChainMemory;
  static Result<Certificate> parse(View der, const Digest& sha256);  // of these bytes, which was computed already
  explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// ChainProfile says what a platform's chains look like; any other algorithm is refused.
struct ChainProfile {
  CertificateKey ca_key = CertificateKey::p384;
  CertificateKey leaf_key = CertificateKey::p384;
  CertificateSignature signature = CertificateSignature::ecdsa_sha384;
  bool key_usage_required = true;  // keyCertSign on CAs, digitalSignature on the leaf; if there is none, it must be so
};
constexpr ChainProfile nitro_chain{};

// pem_certificate returns the DER in exactly one PEM block "CERTIFICATE", which need not be a certificate.
// certificate_invalid.
Result<Bytes> pem_certificate(View pem);

// verify_chain checks root -> intermediates (in this order) -> leaf: names, signatures, algorithms, basic constraints
// and path lengths, key usage, critical extensions, and last the validity of each at `at`. The root is the caller's
// pinned one, never a received one.
// root_unknown where the first certificate below the root was not issued by it; certificate_invalid;
// certificate_expired (also for not yet valid).
Status verify_chain(const Certificate& root, std::span<const Certificate> intermediates, const Certificate& leaf,
                    Time at, const ChainProfile& profile = nitro_chain);

}  // namespace glovebox::crypto
