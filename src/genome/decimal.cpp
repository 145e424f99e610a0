#include "genome/decimal.h"

#include <charconv>
#include <string>

namespace glovebox::genome {
namespace {
constexpr int places = 6;               // of a millionth
constexpr std::size_t digits_max = 18;  // fit in 63 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Parts is a number as digits * 10^exponent.
struct Parts {
  bool negative = false;
  std::string digits;  // without leading zeros; empty for 0
  int exponent = 0;
};

std::optional<Parts> split(std::string_view text) {
  Parts out;
  if (text.starts_with('-') || text.starts_with('+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool any = false, point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point) --out.exponent;
    if (c != '0' || !out.digits.empty()) out.digits.push_back(c);
  }
  if (!any) return std::nullopt;
  if (text.empty()) return out;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int power = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), power);
  if (text.empty() || text == "-" || end != text.data() + text.size()) return std::nullopt;
  if (error != std::errc() || power > 1000 || power < -1000) {
    if (!out.digits.empty()) return std::nullopt;
    power = 0;  // 0, whatever the power
  }
  out.exponent += power;
  return out;
}
}  // namespace

std::optional<std::int64_t> millionths(std::string_view text) {
  if (text.empty() || text.size() > decimal_text_max) return std::nullopt;
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  std::string_view digits = parts->digits;
  if (digits.empty()) return 0;
  const int shift = parts->exponent + places;
  std::string_view cut;  // the digits beyond the last millionth
  if (shift < 0) {
    const auto beyond = static_cast<std::size_t>(-shift);
    if (beyond > digits.size()) return 0;  // below a tenth of a millionth
    cut = digits.substr(digits.size() - beyond);
    digits.remove_suffix(beyond);
  }
  const std::size_t zeros = shift > 0 ? static_cast<std::size_t>(shift) : 0;
  if (digits.size() + zeros > digits_max) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  for (std::size_t i = 0; i < zeros; ++i) value *= 10;
  if (!cut.empty()) {
    const bool tie = cut.front() == '5' && cut.find_first_not_of('0', 1) == std::string_view::npos;
    if (tie ? value % 2 == 1 : cut.front() >= '5') ++value;
  }
  return parts->negative ? -value : value;
}

std::int32_t half(std::int32_t value) {
  const std::int32_t down = value / 2;
  return value % 2 != 0 && down % 2 != 0 ? down + 1 : down;
}

}  // namespace glovebox::genome
