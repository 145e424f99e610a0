#include "crypto/aead.h"

#include "crypto/gcm.h"

namespace glovebox::crypto {
struct Aead256::State {
  Gcm gcm;
};

Aead256::Aead256(const Secret<32>& key) : state_(new State{Gcm(key.expose())}) {}
Aead256::~Aead256() = default;
Aead256::Aead256(Aead256&&) noexcept = default;
Aead256& Aead256::operator=(Aead256&&) noexcept = default;

void Aead256::seal(const AeadNonce& nonce, View aad, View plaintext, std::span<std::uint8_t> out) {
  state_->gcm.seal(nonce, aad, plaintext, out);
}
Status Aead256::open(const AeadNonce& nonce, View aad, View ciphertext, std::span<std::uint8_t> out) {
  return state_->gcm.open(nonce, aad, ciphertext, out);
}
}  // namespace glovebox::crypto
