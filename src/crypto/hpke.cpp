#include "crypto/hpke.h"

#include "crypto/cipher.h"
#include "crypto/labeled.h"

namespace glovebox::crypto {
namespace {
constexpr std::uint16_t kdf_hkdf_sha256 = 1;
constexpr std::uint8_t mode_base = 0;
}  // namespace

namespace detail {
struct HpkeContext {
  Labeled kdf;
  Cipher cipher;
  AeadNonce base_nonce;
  Secret<32> exporter;
  std::uint64_t sequence = 0;

  // nonce is ComputeNonce of section 5.2.
  AeadNonce nonce() const {
    must(sequence != UINT64_MAX, "HPKE: more messages than one context may carry");
    AeadNonce out = base_nonce;
    for (std::size_t i = 0; i < 8; ++i) out[out.size() - 1 - i] ^= static_cast<std::uint8_t>(sequence >> (8 * i));
    return out;
  }

  SecretBytes export_secret(View exporter_context, std::size_t size) const {
    must(size <= 255 * 32, "HPKE: export of too many bytes");
    return kdf.expand(exporter, "sec", exporter_context, static_cast<std::uint16_t>(size));
  }
};
}  // namespace detail

namespace {
// schedule is KeySchedule of section 5.1 in base mode.
std::unique_ptr<detail::HpkeContext> schedule(Kem kem, HpkeAead aead, const Secret<32>& shared, View info) {
  Labeled kdf(hpke_suite(static_cast<std::uint16_t>(kem), kdf_hkdf_sha256, static_cast<std::uint16_t>(aead)));
  const Secret<32> psk_id_hash = kdf.extract({}, "psk_id_hash", {});
  const Secret<32> info_hash = kdf.extract({}, "info_hash", info);
  const Bytes context = concat({{&mode_base, 1}, psk_id_hash.expose(), info_hash.expose()});
  const Secret<32> secret = kdf.extract(shared.expose(), "secret", {});
  const SecretBytes key = kdf.expand(secret, "key", context, static_cast<std::uint16_t>(key_size(aead)));
  const SecretBytes base_nonce = kdf.expand(secret, "base_nonce", context, aead_nonce_size);
  const SecretBytes exporter = kdf.expand(secret, "exp", context, 32);
  AeadNonce nonce;
  std::ranges::copy(base_nonce.expose(), nonce.begin());
  return std::make_unique<detail::HpkeContext>(detail::HpkeContext{std::move(kdf), Cipher(aead, key.expose()), nonce,
                                                                   Secret<32>(exporter.expose().first<32>())});
}
}  // namespace

HpkeSender::HpkeSender(Bytes enc, std::unique_ptr<detail::HpkeContext> context)
    : enc_(std::move(enc)), context_(std::move(context)) {}
HpkeSender::~HpkeSender() = default;
HpkeSender::HpkeSender(HpkeSender&&) noexcept = default;
HpkeSender& HpkeSender::operator=(HpkeSender&&) noexcept = default;

Result<HpkeSender> HpkeSender::create(const KemPublic& to, View info, HpkeAead aead) {
  GLOVEBOX_TRY(encapsulated, encapsulate(to));
  return HpkeSender(std::move(encapsulated.enc), schedule(to.kem(), aead, encapsulated.shared, info));
}

Result<HpkeSender> HpkeSender::create_insecurely(const KemPublic& to, View info, HpkeAead aead, View randomness) {
  GLOVEBOX_TRY(encapsulated, encapsulate_insecurely(to, randomness));
  return HpkeSender(std::move(encapsulated.enc), schedule(to.kem(), aead, encapsulated.shared, info));
}

Bytes HpkeSender::seal(View aad, View plaintext) {
  Bytes out(plaintext.size() + aead_tag_size);
  context_->cipher.seal(context_->nonce(), aad, plaintext, out);
  ++context_->sequence;
  return out;
}

SecretBytes HpkeSender::export_secret(View exporter_context, std::size_t size) const {
  return context_->export_secret(exporter_context, size);
}

HpkeRecipient::HpkeRecipient(std::unique_ptr<detail::HpkeContext> context) : context_(std::move(context)) {}
HpkeRecipient::~HpkeRecipient() = default;
HpkeRecipient::HpkeRecipient(HpkeRecipient&&) noexcept = default;
HpkeRecipient& HpkeRecipient::operator=(HpkeRecipient&&) noexcept = default;

Result<HpkeRecipient> HpkeRecipient::create(const KemPrivate& key, View enc, View info, HpkeAead aead) {
  GLOVEBOX_TRY(shared, key.decapsulate(enc));
  return HpkeRecipient(schedule(key.kem(), aead, shared, info));
}

Result<SecretBytes> HpkeRecipient::open(View aad, View ciphertext) {
  if (ciphertext.size() < aead_tag_size) return fail(Reject::decryption_failed);
  SecretBytes out(ciphertext.size() - aead_tag_size);
  GLOVEBOX_CHECK(context_->cipher.open(context_->nonce(), aad, ciphertext, out.expose_mutable()));
  ++context_->sequence;
  return out;
}

SecretBytes HpkeRecipient::export_secret(View exporter_context, std::size_t size) const {
  return context_->export_secret(exporter_context, size);
}

Result<Sealed> hpke_seal(const KemPublic& to, View info, View aad, View plaintext) {
  GLOVEBOX_TRY(sender, HpkeSender::create(to, info));
  Bytes ciphertext = sender.seal(aad, plaintext);
  return Sealed{sender.enc(), std::move(ciphertext)};
}

Result<SecretBytes> hpke_open(const KemPrivate& key, View enc, View info, View aad, View ciphertext) {
  GLOVEBOX_TRY(recipient, HpkeRecipient::create(key, enc, info));
  return recipient.open(aad, ciphertext);
}
}  // namespace glovebox::crypto
