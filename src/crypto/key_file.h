// key_file.h: a person's keys. One 32-byte seed makes both the key that envelopes and answers are sealed to (X-Wing)
// and the key that signs requests (Ed25519), so there is one file to keep and one line to give away:
//   GLOVEBOX-SECRET-KEY-1:<base64url of seed, first 4 bytes of its SHA-256>
//   glovebox-key-1:<base64url of KEM number (2 bytes, big-endian), KEM public key, Ed25519 public key, 4 bytes of
//   SHA-256>
#pragma once
#include "base/time.h"
#include "crypto/kem.h"
#include "crypto/sign.h"

namespace glovebox::crypto {

constexpr std::size_t key_file_max = 16384;
constexpr std::string_view public_key_prefix = "glovebox-key-1:";
constexpr std::string_view secret_key_prefix = "GLOVEBOX-SECRET-KEY-1:";

// PublicIdentity is what a person gives away.
struct PublicIdentity {
  KemPublic recipient;
  VerifyKey signer;

  // parse reads the one-line text form; key_invalid, also for a mistyped character (the checksum).
  static Result<PublicIdentity> parse(std::string_view text);
  std::string text() const;
  bool operator==(const PublicIdentity&) const = default;
};

// SecretIdentity is what a person keeps.
class SecretIdentity {
 public:
  static SecretIdentity generate();
  static SecretIdentity from_seed(Secret<32> seed);
  // parse reads the secret line alone; key_invalid.
  static Result<SecretIdentity> parse(View text);
  // parse_file reads a key file: comment lines that begin with '#', empty lines, and exactly one secret line.
  static Result<SecretIdentity> parse_file(View file);

  const KemPrivate& recipient() const { return recipient_; }
  const SigningKey& signer() const { return signer_; }
  PublicIdentity public_identity() const { return {recipient_.public_key(), signer_.public_key()}; }
  SecretBytes text() const;
  // file writes a key file: its date, the public key as a comment, the secret line.
  SecretBytes file(Time created) const;

 private:
  SecretIdentity(Secret<32> seed, KemPrivate recipient, SigningKey signer);
  Secret<32> seed_;
  KemPrivate recipient_;
  SigningKey signer_;
};

}  // namespace glovebox::crypto
