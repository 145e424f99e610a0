#include "crypto/labeled.h"

#include "base/reader.h"
#include "crypto/hkdf.h"

namespace glovebox::crypto {
namespace {
constexpr std::string_view version = "HPKE-v1";
}

Bytes kem_suite(std::uint16_t kem) {
  return Writer().bytes(view_of("KEM")).u16be(kem).take();
}
Bytes hpke_suite(std::uint16_t kem, std::uint16_t kdf, std::uint16_t aead) {
  return Writer().bytes(view_of("HPKE")).u16be(kem).u16be(kdf).u16be(aead).take();
}

Secret<32> Labeled::extract(View salt, std::string_view label, View ikm) const {
  SecretBytes labeled(version.size() + suite_.size() + label.size() + ikm.size());
  auto at = labeled.expose_mutable().begin();
  for (const View part : {view_of(version), View(suite_), view_of(label), ikm}) at = std::ranges::copy(part, at).out;
  return hkdf_extract(salt, labeled.expose());
}

SecretBytes Labeled::expand(const Secret<32>& prk, std::string_view label, View info, std::uint16_t size) const {
  const Bytes labeled =
      Writer().u16be(size).bytes(view_of(version)).bytes(suite_).bytes(view_of(label)).bytes(info).take();
  return hkdf_expand(prk.expose(), labeled, size);
}
}  // namespace glovebox::crypto
