// der.h: whether bytes are DER (ITU-T X.690 sections 8, 10, 11) and not another BER: OpenSSL reads both, and two
// encodings of one certificate must not both be it. Only crypto's own .cpp files and tests include this.
#pragma once
#include "base/bytes.h"

namespace glovebox::crypto {

constexpr std::size_t der_depth_max = 16;

// strict_der walks exactly one element to the last byte: definite shortest lengths, no nesting beyond der_depth_max,
// shortest integers, 00/ff booleans, strings never constructed. truncated, trailing_bytes, malformed, too_deep.
Status strict_der(View bytes);

}  // namespace glovebox::crypto
