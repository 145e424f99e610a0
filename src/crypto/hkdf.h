// hkdf.h: HKDF with SHA-256 (RFC 5869).
#pragma once
#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::crypto {

constexpr std::size_t hkdf_output_max = 255 * 32;  // RFC 5869 section 2.3; asking for more is a fault of ours

Secret<32> hkdf_extract(View salt, View ikm);
SecretBytes hkdf_expand(View prk, View info, std::size_t size);

// hkdf is extract, then expand to one 32-byte key.
Secret<32> hkdf(View ikm, View salt, View info);

}  // namespace glovebox::crypto
