#include "crypto/hkdf.h"

#include "crypto/hmac.h"
#include "crypto/openssl.h"

namespace glovebox::crypto {
namespace {
// take copies a MAC into its Secret and erases it where it was.
Secret<32> take(Array<32> mac) {
  const EraseOnExit gone(mac);
  return Secret<32>(mac);
}
}  // namespace

Secret<32> hkdf_extract(View salt, View ikm) {
  static constexpr Array<32> zeros{};  // section 2.2: what an absent salt means
  return take(hmac_sha256(salt.empty() ? View(zeros) : salt, ikm));
}

SecretBytes hkdf_expand(View prk, View info, std::size_t size) {
  must(size <= hkdf_output_max, "hkdf_expand: too many bytes");
  SecretBytes out(size);
  HmacSha256 hmac(prk);
  Array<32> block{};
  const EraseOnExit gone(block);
  std::uint8_t counter = 0;
  for (std::size_t at = 0; at < size; at += block.size()) {
    ++counter;
    block = hmac.update(at == 0 ? View{} : View(block)).update(info).update({&counter, 1}).finish();
    const std::size_t part = std::min(block.size(), size - at);
    std::ranges::copy(View(block).first(part), out.expose_mutable().subspan(at).begin());
  }
  return out;
}

Secret<32> hkdf(View ikm, View salt, View info) {
  const Secret<32> prk = hkdf_extract(salt, ikm);
  return Secret<32>(hkdf_expand(prk.expose(), info, 32).expose().first<32>());
}
}  // namespace glovebox::crypto
