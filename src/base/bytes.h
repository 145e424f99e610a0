// bytes.h: bytes and their text forms. A View borrows, Bytes owns. Text forms are strict: one spelling for one value.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glovebox {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;
template <std::size_t N>
using Array = std::array<std::uint8_t, N>;
// Digest is a SHA-256 value; digests serve as identities (of models, requests, policies), so it has a name of its own.
using Digest = Array<32>;

// view_of borrows the bytes of a text.
inline View view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
// text_of borrows bytes as a text, whatever they are.
inline std::string_view text_of(View bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(View bytes) {
  return {bytes.begin(), bytes.end()};
}
Bytes concat(std::initializer_list<View> parts);

inline bool equal(View a, View b) {
  return std::ranges::equal(a, b);
}  // for public bytes; secrets: equal_secret
// equal_secret compares in time that depends on the sizes alone.
bool equal_secret(View a, View b);

std::string to_hex(View bytes);
// from_hex reads lower- or upper-case pairs; malformed otherwise.
Result<Bytes> from_hex(std::string_view text);
std::string to_base64(View bytes);
// from_base64 reads RFC 4648 section 4 with its padding and no white space.
Result<Bytes> from_base64(std::string_view text);
std::string to_base64url(View bytes);  // section 5, no padding
Result<Bytes> from_base64url(std::string_view text);

// fixed copies exactly N bytes; malformed if there are fewer or more.
template <std::size_t N>
Result<Array<N>> fixed(View bytes) {
  if (bytes.size() != N)
    return fail(Reject::malformed, std::to_string(bytes.size()) + " bytes", std::to_string(N) + " bytes");
  Array<N> out;
  std::ranges::copy(bytes, out.begin());
  return out;
}

}  // namespace glovebox
