#include "crypto/hmac.h"

#include "crypto/openssl.h"

namespace glovebox::crypto {
namespace {
EVP_MAC* algorithm() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);  // kept for the life of the program
  must(hmac != nullptr, "HMAC");
  return hmac;
}
}  // namespace

struct HmacSha256::State {
  MacContext context{EVP_MAC_CTX_new(algorithm())};
};

HmacSha256::HmacSha256(View key) : state_(std::make_unique<State>()) {
  char digest[] = "SHA2-256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  // A null key means "keep the key" to OpenSSL, so an empty one needs an address.
  static constexpr std::uint8_t nothing = 0;
  must(state_->context &&
           EVP_MAC_init(state_->context.get(), key.empty() ? &nothing : key.data(), key.size(), parameters) == 1,
       "EVP_MAC_init");
}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

HmacSha256& HmacSha256::update(View data) {
  if (!data.empty()) must(EVP_MAC_update(state_->context.get(), data.data(), data.size()) == 1, "EVP_MAC_update");
  return *this;
}

Array<32> HmacSha256::finish() {
  Array<32> out;
  std::size_t size = 0;
  must(EVP_MAC_final(state_->context.get(), out.data(), &size, out.size()) == 1 && size == out.size(), "EVP_MAC_final");
  must(EVP_MAC_init(state_->context.get(), nullptr, 0, nullptr) == 1, "EVP_MAC_init");
  return out;
}

Array<32> hmac_sha256(View key, std::initializer_list<View> parts) {
  HmacSha256 hmac(key);
  for (const View part : parts) hmac.update(part);
  return hmac.finish();
}
Array<32> hmac_sha256(View key, View data) {
  return HmacSha256(key).update(data).finish();
}
}  // namespace glovebox::crypto
