// sign.h: signatures: Ed25519 (RFC 8032) for our own documents, ECDSA on P-384 with SHA-384 ("ES384", FIPS 186-5, raw
// r||s) for Nitro's. The type of the key decides the algorithm; no document ever does.
#pragma once
#include <compare>
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::crypto {

// VerifyKey is an Ed25519 public key. Any 32 bytes make one; under bytes that are no key (or a point of small order,
// under which one signature fits many messages) nothing verifies.
struct VerifyKey {
  Array<32> bytes{};
  static Result<VerifyKey> parse(View bytes);  // key_invalid unless 32 bytes, or for a point of small order
  auto operator<=>(const VerifyKey&) const = default;
};

// Signature is Ed25519's: R || S.
using Signature = Array<64>;

// SigningKey is an Ed25519 private key.
class SigningKey {
 public:
  explicit SigningKey(const Secret<32>& seed);
  static SigningKey generate();
  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;

  const VerifyKey& public_key() const { return public_; }
  const Secret<32>& seed() const { return seed_; }
  Signature sign(View message) const;

 private:
  struct State;
  Secret<32> seed_;
  VerifyKey public_;
  std::unique_ptr<State> state_;
};

// verify checks a signature of Ed25519; signature_invalid.
Status verify(const VerifyKey& key, View message, View signature);

// EcPublic is a public key on P-384.
class EcPublic {
 public:
  static Result<EcPublic> from_spki(View der);     // SubjectPublicKeyInfo; key_invalid
  static Result<EcPublic> from_point(View point);  // 97 bytes, uncompressed; key_invalid
  ~EcPublic();
  EcPublic(const EcPublic&);
  EcPublic& operator=(const EcPublic&);
  EcPublic(EcPublic&&) noexcept;
  EcPublic& operator=(EcPublic&&) noexcept;

  Bytes spki() const;
  Array<97> point() const;
  bool operator==(const EcPublic& other) const;

  struct State;
  const State& state() const { return *state_; }  // for crypto's own .cpp files

 private:
  friend class EcKey;
  EcPublic() = default;
  std::shared_ptr<const State> state_;
};

// EcSignature is ES384's: r || s.
using EcSignature = Array<96>;

// EcKey is a private key on P-384: what plays Nitro's part in development and tests.
class EcKey {
 public:
  static EcKey generate();
  static Result<EcKey> from_pkcs8(View der);  // key_invalid
  ~EcKey();
  EcKey(EcKey&&) noexcept;
  EcKey& operator=(EcKey&&) noexcept;

  SecretBytes pkcs8() const;
  EcPublic public_key() const;
  EcSignature sign(View message) const;

  struct State;
  const State& state() const { return *state_; }  // for crypto's own .cpp files

 private:
  EcKey() = default;
  std::unique_ptr<State> state_;
};

// verify checks a signature of ES384; signature_invalid. A high s is accepted (Nitro's are not normalised).
Status verify(const EcPublic& key, View message, View signature);

}  // namespace glovebox::crypto
