// cipher.h: an AEAD of a chosen algorithm, under Aead256 and HPKE. Only crypto's own .cpp files include this.
#pragma once
#include "crypto/aead.h"
#include "crypto/hpke.h"
#include "crypto/openssl.h"

namespace glovebox::crypto {

std::size_t key_size(HpkeAead aead);

class Cipher {
 public:
  Cipher(HpkeAead aead, View key);
  void seal(const AeadNonce& nonce, View aad, View plaintext, std::span<std::uint8_t> out);
  Status open(const AeadNonce& nonce, View aad, View ciphertext, std::span<std::uint8_t> out);

 private:
  // One context for each direction, so that neither call ever repeats the key schedule.
  CipherContext sealing_;
  CipherContext opening_;
};

}  // namespace glovebox::crypto
