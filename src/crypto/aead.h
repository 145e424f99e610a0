// aead.h: AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag at the end of the ciphertext.
#pragma once
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::crypto {

constexpr std::size_t aead_tag_size = 16;
constexpr std::size_t aead_nonce_size = 12;
constexpr std::size_t aead_message_max = std::size_t{1} << 30;  // bytes in one call; OpenSSL counts in int

using AeadNonce = Array<aead_nonce_size>;

// Aead256 is AES-256-GCM under one key. The key schedule is made once, so that many short messages run at the speed of
// one long one. The caller never uses a nonce twice for sealing. One thread at a time.
class Aead256 {
 public:
  explicit Aead256(const Secret<32>& key);
  ~Aead256();
  Aead256(Aead256&&) noexcept;
  Aead256& operator=(Aead256&&) noexcept;

  // seal writes ciphertext and tag: `out` has exactly plaintext.size() + 16 bytes and may begin where the plaintext
  // does, but not overlap it otherwise.
  void seal(const AeadNonce& nonce, View aad, View plaintext, std::span<std::uint8_t> out);
  // open checks the tag and writes the plaintext: `out` has exactly ciphertext.size() - 16 bytes and may begin where
  // the ciphertext does. decryption_failed, whatever the cause; `out` is then erased.
  Status open(const AeadNonce& nonce, View aad, View ciphertext, std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::crypto
