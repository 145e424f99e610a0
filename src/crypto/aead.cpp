#include "crypto/aead.h"

#include "crypto/cipher.h"

namespace glovebox::crypto {
struct Aead256::State {
  Cipher cipher;
};

Aead256::Aead256(const Secret<32>& key) : state_(new State{Cipher(HpkeAead::aes_256_gcm, key.expose())}) {}
Aead256::~Aead256() = default;
Aead256::Aead256(Aead256&&) noexcept = default;
Aead256& Aead256::operator=(Aead256&&) noexcept = default;

void Aead256::seal(const AeadNonce& nonce, View aad, View plaintext, std::span<std::uint8_t> out) {
  state_->cipher.seal(nonce, aad, plaintext, out);
}
Status Aead256::open(const AeadNonce& nonce, View aad, View ciphertext, std::span<std::uint8_t> out) {
  return state_->cipher.open(nonce, aad, ciphertext, out);
}
}  // namespace glovebox::crypto
