#include "crypto/cipher.h"

namespace glovebox::crypto {
namespace {
const EVP_CIPHER* algorithm(HpkeAead aead) {
  static const EVP_CIPHER* const aes_128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static const EVP_CIPHER* const aes_256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const chacha20 = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  must(aes_128 != nullptr && aes_256 != nullptr && chacha20 != nullptr, "AEAD");
  switch (aead) {
    case HpkeAead::aes_128_gcm:
      return aes_128;
    case HpkeAead::aes_256_gcm:
      return aes_256;
    case HpkeAead::chacha20_poly1305:
      return chacha20;
  }
  std::abort();
}

constexpr int as_int(std::size_t size) {
  return static_cast<int>(size);
}  // sizes here are at most aead_message_max
}  // namespace

std::size_t key_size(HpkeAead aead) {
  return aead == HpkeAead::aes_128_gcm ? 16 : 32;
}

Cipher::Cipher(HpkeAead aead, View key) : sealing_(EVP_CIPHER_CTX_new()), opening_(EVP_CIPHER_CTX_new()) {
  const EVP_CIPHER* const cipher = algorithm(aead);
  must(key.size() == key_size(aead), "AEAD key");
  must(sealing_ && EVP_EncryptInit_ex2(sealing_.get(), cipher, key.data(), nullptr, nullptr) == 1, "AEAD key");
  must(opening_ && EVP_DecryptInit_ex2(opening_.get(), cipher, key.data(), nullptr, nullptr) == 1, "AEAD key");
}

void Cipher::seal(const AeadNonce& nonce, View aad, View plaintext, std::span<std::uint8_t> out) {
  must(plaintext.size() <= aead_message_max && aad.size() <= aead_message_max &&
           out.size() == plaintext.size() + aead_tag_size,
       "AEAD sizes");
  EVP_CIPHER_CTX* const context = sealing_.get();
  int written = 0;
  must(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1, "AEAD nonce");
  if (!aad.empty())
    must(EVP_EncryptUpdate(context, nullptr, &written, aad.data(), as_int(aad.size())) == 1, "AEAD aad");
  if (!plaintext.empty())
    must(EVP_EncryptUpdate(context, out.data(), &written, plaintext.data(), as_int(plaintext.size())) == 1, "AEAD");
  must(EVP_EncryptFinal_ex(context, out.data() + plaintext.size(), &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, as_int(aead_tag_size), out.data() + plaintext.size()) ==
               1,
       "AEAD tag");
}

Status Cipher::open(const AeadNonce& nonce, View aad, View ciphertext, std::span<std::uint8_t> out) {
  if (ciphertext.size() < aead_tag_size || ciphertext.size() - aead_tag_size > aead_message_max)
    return fail(Reject::decryption_failed);
  const std::size_t size = ciphertext.size() - aead_tag_size;
  must(aad.size() <= aead_message_max && out.size() == size, "AEAD sizes");
  const ForgetErrors forget;
  EVP_CIPHER_CTX* const context = opening_.get();
  Array<aead_tag_size> tag;  // copied: in place, the plaintext may end where the tag begins but never runs into it
  std::ranges::copy(ciphertext.last(aead_tag_size), tag.begin());
  int written = 0;
  must(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1, "AEAD nonce");
  if (!aad.empty())
    must(EVP_DecryptUpdate(context, nullptr, &written, aad.data(), as_int(aad.size())) == 1, "AEAD aad");
  if (size != 0) must(EVP_DecryptUpdate(context, out.data(), &written, ciphertext.data(), as_int(size)) == 1, "AEAD");
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, as_int(aead_tag_size), tag.data()) == 1, "AEAD tag");
  std::uint8_t nothing[aead_tag_size];
  if (EVP_DecryptFinal_ex(context, nothing, &written) == 1) return {};
  erase(out);  // unauthenticated plaintext must not be seen by anyone
  return fail(Reject::decryption_failed);
}
}  // namespace glovebox::crypto
