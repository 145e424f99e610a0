// der.h: whether bytes are DER (ITU-T X.690 sections 8, 10, 11) and not another BER: OpenSSL reads both, and two
// encodings of one certificate must not both be it. Only crypto's own .cpp files and tests include this.
#pragma once
#include <optional>

#include "base/bytes.h"

namespace glovebox::crypto {

constexpr std::size_t der_depth_max = 16;

// strict_der walks exactly one element to the last byte: definite shortest lengths, no nesting beyond der_depth_max,
// shortest integers, 00/ff booleans, strings never constructed. truncated, trailing_bytes, malformed, too_deep.
Status strict_der(View bytes);

// DerElement is one element, its first byte, all of it and what is in it, borrowed. first_element is that at the front
// of what strict_der took; nothing where there is none.
struct DerElement {
  std::uint8_t head = 0;
  View whole;
  View content;
};
std::optional<DerElement> first_element(View bytes);

}  // namespace glovebox::crypto
