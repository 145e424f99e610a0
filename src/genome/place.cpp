#include "genome/place.h"

namespace glovebox::genome {
namespace {
constexpr std::size_t quoted_max = 40;
constexpr std::string_view digits = "0123456789abcdef";
}  // namespace

std::string quote(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, quoted_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  if (text.size() > quoted_max) out += "...";
  return out.empty() ? "nothing" : out;
}

std::unexpected<Error> fail_at(const Place& place, std::string_view field, std::string_view found, std::string expected,
                               std::string hint, Reject reason) {
  std::string text = "line " + std::to_string(place.line);
  if (!place.chrom.empty()) text += ", " + quote(place.chrom) + ":" + quote(place.pos);
  text += ", " + std::string(field) + ": " + quote(found);
  return fail(reason, std::move(text), std::move(expected), std::move(hint));
}
}  // namespace glovebox::genome
