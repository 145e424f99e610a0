// platform_key.h: keys with which platforms without a maker's root sign: ECDSA on P-256 with SHA-256 (ES256) or on
// P-384 with SHA-384 (ES384), r||s (FIPS 186-5), as Arm's tokens have them, and RSASSA-PKCS1-v1_5 with SHA-256 (RFC
// 8017, RS256), as TPMs have it. The kind of the key decides the algorithm; what is signed never does.
#pragma once
#include <memory>

#include "base/bytes.h"

namespace glovebox::crypto {

enum class PlatformKeyKind { p256, p384, rsa };
std::string_view name(PlatformKeyKind kind);  // "P-256"

constexpr std::size_t platform_key_size_max = 600;  // SubjectPublicKeyInfo of RSA with 4096 bits
constexpr std::size_t rsa_modulus_size_min = 256;
constexpr std::size_t rsa_modulus_size_max = 512;

// PlatformKey is a public key. Copies share it.
class PlatformKey {
 public:
  // from_spki takes exactly the DER that spki() writes: named curves, uncompressed points. key_invalid.
  static Result<PlatformKey> from_spki(View der);
  static Result<PlatformKey> from_point(View point);                 // 65 or 97 bytes, uncompressed; key_invalid
  static Result<PlatformKey> from_rsa(View modulus, View exponent);  // big-endian, no zeros in front; key_invalid

  PlatformKeyKind kind() const;
  std::size_t signature_size() const;
  Bytes spki() const;
  bool operator==(const PlatformKey& other) const { return spki() == other.spki(); }

  struct State;
  const State& state() const { return *state_; }  // for crypto's own .cpp files

 private:
  friend class PlatformSigner;
  PlatformKey() = default;
  std::shared_ptr<const State> state_;
};

// verify: signature_invalid. A high s is accepted: hardware makes them.
Status verify(const PlatformKey& key, View message, View signature);

// PlatformSigner is a private key: what plays a platform's part under test keys. Copies share it.
class PlatformSigner {
 public:
  static PlatformSigner generate(PlatformKeyKind kind);  // RSA: 2048 bits
  PlatformKey public_key() const;
  Bytes sign(View message) const;

 private:
  std::shared_ptr<const PlatformKey::State> state_;
};

}  // namespace glovebox::crypto
