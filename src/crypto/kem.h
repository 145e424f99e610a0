// kem.h: key encapsulation: X-Wing (draft-connolly-cfrg-xwing-kem, ML-KEM-768 with X25519), the default, and
// DHKEM(X25519, HKDF-SHA256) (RFC 9180 section 4.1) for hardware or peers that need it.
#pragma once
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::crypto {

// Kem has the numbers of IANA's HPKE registry.
enum class Kem : std::uint16_t { x25519 = 0x0020, x_wing = 0x647a };

constexpr std::size_t kem_public_max = 1216;  // X-Wing: ML-KEM-768 1184, then X25519 32
constexpr std::size_t kem_enc_max = 1120;     // X-Wing: ML-KEM-768 1088, then X25519 32

std::string_view name(Kem kem);  // "X25519", "X-Wing"
// kem_from_id is for numbers read from outside: type_unsupported for any other.
Result<Kem> kem_from_id(std::uint64_t id);
Result<Kem> kem_from_name(std::string_view name);
std::size_t public_size(Kem kem);  // 32, 1216
std::size_t enc_size(Kem kem);     // 32, 1120

// KemPublic is a public key whose length, and for X-Wing the range of ML-KEM's coefficients, was checked.
class KemPublic {
 public:
  static Result<KemPublic> parse(Kem kem, View bytes);  // key_invalid

  Kem kem() const { return kem_; }
  const Bytes& bytes() const { return bytes_; }
  bool operator==(const KemPublic&) const = default;

 private:
  friend class KemPrivate;
  KemPublic(Kem kem, Bytes bytes) : kem_(kem), bytes_(std::move(bytes)) {}
  Kem kem_;
  Bytes bytes_;
};

// KemPrivate is a private key, which for both KEMs is 32 bytes from which the rest is computed once.
class KemPrivate {
 public:
  static KemPrivate generate(Kem kem);
  static KemPrivate from_seed(Kem kem, const Secret<32>& seed);
  // derive is DeriveKeyPair of RFC 9180 section 7.1.3 (X25519) and of draft-ietf-hpke-pq (X-Wing).
  static KemPrivate derive(Kem kem, View ikm);

  ~KemPrivate();
  KemPrivate(KemPrivate&&) noexcept;
  KemPrivate& operator=(KemPrivate&&) noexcept;

  Kem kem() const { return public_.kem(); }
  const KemPublic& public_key() const { return public_; }
  const Secret<32>& seed() const { return seed_; }
  // decapsulate returns the shared secret; decryption_failed for an `enc` of another length or a low-order point. A
  // changed ML-KEM ciphertext gives a random secret instead (implicit rejection); the AEAD then fails.
  Result<Secret<32>> decapsulate(View enc) const;

 private:
  struct Keys;
  KemPrivate(KemPublic public_key, Secret<32> seed, std::unique_ptr<Keys> keys);
  KemPublic public_;
  Secret<32> seed_;
  std::unique_ptr<Keys> keys_;
};

struct Encapsulated {
  Bytes enc;
  Secret<32> shared;
};
// encapsulate makes a fresh shared secret for the holder of the private key; key_invalid for a low-order point.
Result<Encapsulated> encapsulate(const KemPublic& to);
// encapsulate_insecurely takes its randomness as an argument, for test vectors only: 32 bytes (X25519: the ephemeral
// private key) or 64 bytes (X-Wing: ML-KEM's m, then the ephemeral X25519 key).
Result<Encapsulated> encapsulate_insecurely(const KemPublic& to, View randomness);

}  // namespace glovebox::crypto
