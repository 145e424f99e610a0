// gcm.h: AES-GCM with a key of 16 or 32 bytes, under Aead256 and HPKE. Only crypto's own .cpp files include this.
#pragma once
#include "crypto/aead.h"
#include "crypto/openssl.h"

namespace glovebox::crypto {

class Gcm {
 public:
  explicit Gcm(View key);
  void seal(const AeadNonce& nonce, View aad, View plaintext, std::span<std::uint8_t> out);
  Status open(const AeadNonce& nonce, View aad, View ciphertext, std::span<std::uint8_t> out);

 private:
  // One context for each direction, so that neither call ever repeats the key schedule.
  CipherContext sealing_;
  CipherContext opening_;
};

}  // namespace glovebox::crypto
