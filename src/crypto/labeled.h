// labeled.h: LabeledExtract and LabeledExpand of RFC 9180 section 4 over HKDF-SHA256. Only crypto's own .cpp files
// include this.
#pragma once
#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::crypto {

Bytes kem_suite(std::uint16_t kem);                                          // "KEM" || kem
Bytes hpke_suite(std::uint16_t kem, std::uint16_t kdf, std::uint16_t aead);  // "HPKE" || kem || kdf || aead

class Labeled {
 public:
  explicit Labeled(Bytes suite) : suite_(std::move(suite)) {}
  Secret<32> extract(View salt, std::string_view label, View ikm) const;
  SecretBytes expand(const Secret<32>& prk, std::string_view label, View info, std::uint16_t size) const;

 private:
  Bytes suite_;
};

}  // namespace glovebox::crypto
