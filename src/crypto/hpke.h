// hpke.h: HPKE (RFC 9180) in base mode with HKDF-SHA256 and AES-256-GCM: sealing to a public key. `info` says what a
// message is for and is part of its key; every use in this project has an `info` of its own.
#pragma once
#include "crypto/kem.h"

namespace glovebox::crypto {

// Sealed is one message: the encapsulated key and the ciphertext with its tag.
struct Sealed {
  Bytes enc;
  Bytes ciphertext;
  bool operator==(const Sealed&) const = default;
};

// hpke_seal seals one message; key_invalid if the public key is a low-order point.
Result<Sealed> hpke_seal(const KemPublic& to, View info, View aad, View plaintext);
// hpke_open opens one message; decryption_failed, whatever the cause.
Result<SecretBytes> hpke_open(const KemPrivate& key, View enc, View info, View aad, View ciphertext);

// HpkeAead: AES-256-GCM is ours; the others let every published vector run through this code.
enum class HpkeAead : std::uint16_t { aes_128_gcm = 1, aes_256_gcm = 2, chacha20_poly1305 = 3 };

namespace detail {
struct HpkeContext;
}

// HpkeSender seals messages one after another (RFC 9180 section 5.2).
class HpkeSender {
 public:
  static Result<HpkeSender> create(const KemPublic& to, View info, HpkeAead aead = HpkeAead::aes_256_gcm);
  // create_insecurely is for test vectors; see encapsulate_insecurely.
  static Result<HpkeSender> create_insecurely(const KemPublic& to, View info, HpkeAead aead, View randomness);
  ~HpkeSender();
  HpkeSender(HpkeSender&&) noexcept;
  HpkeSender& operator=(HpkeSender&&) noexcept;

  const Bytes& enc() const { return enc_; }
  Bytes seal(View aad, View plaintext);
  // export_secret returns `size` bytes that only the two sides know (section 5.3).
  SecretBytes export_secret(View exporter_context, std::size_t size) const;

 private:
  HpkeSender(Bytes enc, std::unique_ptr<detail::HpkeContext> context);
  Bytes enc_;
  std::unique_ptr<detail::HpkeContext> context_;
};

// HpkeRecipient opens them in the same order.
class HpkeRecipient {
 public:
  static Result<HpkeRecipient> create(const KemPrivate& key, View enc, View info,
                                      HpkeAead aead = HpkeAead::aes_256_gcm);
  ~HpkeRecipient();
  HpkeRecipient(HpkeRecipient&&) noexcept;
  HpkeRecipient& operator=(HpkeRecipient&&) noexcept;

  // open opens the next message; decryption_failed leaves the place in the sequence as it was.
  Result<SecretBytes> open(View aad, View ciphertext);
  SecretBytes export_secret(View exporter_context, std::size_t size) const;

 private:
  explicit HpkeRecipient(std::unique_ptr<detail::HpkeContext> context);
  std::unique_ptr<detail::HpkeContext> context_;
};

}  // namespace glovebox::crypto
