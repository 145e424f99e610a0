#include "base/bytes.h"

namespace glovebox {
namespace {
constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(View bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = std::uint32_t{bytes[i]} << 16;
    if (n > 1) group |= std::uint32_t{bytes[i + 1]} << 8;
    if (n > 2) group |= bytes[i + 2];
    for (std::size_t k = 0; k <= n; ++k) out += alphabet[(group >> (18 - 6 * k)) & 63];
    if (pad) out.append(3 - n, '=');
  }
  return out;
}

// Values has each character's place in an alphabet; `none` where it has no place.
constexpr std::uint8_t none = 0xff;
using Values = std::array<std::uint8_t, 256>;
constexpr Values values_of(std::string_view alphabet) {
  Values out{};
  out.fill(none);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return out;
}
constexpr Values standard_values = values_of(standard);
constexpr Values url_values = values_of(url);

Result<Bytes> decode(std::string_view text, const Values& values, bool padded) {
  const auto bad = [] { return fail(Reject::malformed, "text that is not base64"); };
  if (padded) {
    if (text.size() % 4 != 0) return bad();
    if (text.ends_with("=="))
      text.remove_suffix(2);
    else if (text.ends_with("="))
      text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return bad();
  Bytes out(text.size() * 3 / 4);
  std::size_t size = 0;
  for (; text.size() >= 4; text.remove_prefix(4)) {
    std::uint32_t group = 0;
    std::uint8_t all = 0;
    for (const char c : text.substr(0, 4)) {
      const std::uint8_t value = values[static_cast<std::uint8_t>(c)];
      all |= value;
      group = group << 6 | (value & 63U);
    }
    if (all > 63) return bad();  // `none` has bits that no place has
    out[size++] = static_cast<std::uint8_t>(group >> 16);
    out[size++] = static_cast<std::uint8_t>(group >> 8);
    out[size++] = static_cast<std::uint8_t>(group);
  }
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {  // two or three characters, or none
    const std::uint8_t value = values[static_cast<std::uint8_t>(c)];
    if (value == none) return bad();
    group = (group << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[size++] = static_cast<std::uint8_t>(group >> bits);
      group &= (1U << bits) - 1;
    }
  }
  if (group != 0) return bad();  // unused low bits must be zero: one spelling for one value
  return out;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

Bytes concat(std::initializer_list<View> parts) {
  Bytes out;
  std::size_t size = 0;
  for (const View part : parts) size += part.size();
  out.reserve(size);
  for (const View part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

bool equal_secret(View a, View b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = difference | static_cast<std::uint8_t>(a[i] ^ b[i]);
  return difference == 0;
}

std::string to_hex(View bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(bytes.size() * 2, '0');
  char* at = out.data();
  for (const std::uint8_t b : bytes) {
    *at++ = digits[b >> 4];
    *at++ = digits[b & 15];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Reject::malformed, "an odd number of hexadecimal digits");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return fail(Reject::malformed, "a character that is no hexadecimal digit");
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(View bytes) {
  return encode(bytes, standard, true);
}
std::string to_base64url(View bytes) {
  return encode(bytes, url, false);
}
Result<Bytes> from_base64(std::string_view text) {
  return decode(text, standard_values, true);
}
Result<Bytes> from_base64url(std::string_view text) {
  return decode(text, url_values, false);
}
}  // namespace glovebox
