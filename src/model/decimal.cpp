#include "model/decimal.h"

#include <algorithm>
#include <charconv>

namespace glovebox::model {
namespace {
constexpr std::int64_t exponent_max = 9999;  // a text's; more is a mistake, and no sum of places can overflow
constexpr std::size_t digits_max = 38;       // what fits into 127 bits whatever the digits

std::unexpected<Error> bad(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 40)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return fail(Reject::model_malformed, "\"" + shown + "\"", "a decimal number");
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, digit);
  const std::string_view out = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(out.size());
  return out;
}
}  // namespace

Result<Decimal> parse_decimal(std::string_view text, int places, Int128 most, Beyond beyond) {
  if (text.empty() || text.size() > decimal_text_max) return bad(text);
  std::string_view rest = text;
  const bool negative = rest[0] == '-';
  if (negative || rest[0] == '+') rest.remove_prefix(1);
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
  }
  if (whole.empty() && fraction.empty()) return bad(text);
  std::int64_t exponent = 0;
  if (!rest.empty()) {
    if (rest[0] != 'e' && rest[0] != 'E') return bad(text);
    rest.remove_prefix(1);
    if (rest.starts_with('+')) {
      rest.remove_prefix(1);
      if (rest.starts_with('-')) return bad(text);
    }
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc() || end != rest.data() + rest.size() || exponent > exponent_max || exponent < -exponent_max)
      return bad(text);
  }
  // The value is `digits` x 10^shift units. Digits move to the left by zeros, and to the right by being cut off.
  std::string digits(whole);
  digits += fraction;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  const std::int64_t shift = exponent + places - static_cast<std::int64_t>(fraction.size());
  const auto too_big = [&] {
    return fail(Reject::model_invalid, "the number " + std::string(text), "at most " + to_decimal(most, places));
  };
  std::string cut;
  if (digits.empty()) {
    digits = "0";
  } else if (shift >= 0) {
    if (digits.size() + static_cast<std::size_t>(shift) > digits_max) return too_big();
    digits.append(static_cast<std::size_t>(shift), '0');
  } else if (static_cast<std::size_t>(-shift) > digits.size()) {
    cut = "0" + digits;  // below a tenth of a unit, whatever stands there
    digits = "0";
  } else {
    cut = digits.substr(digits.size() - static_cast<std::size_t>(-shift));
    digits.resize(digits.size() - cut.size());
    if (digits.empty()) digits = "0";
  }
  if (digits.size() > digits_max) return too_big();
  Decimal out;
  for (const char c : digits) out.units = out.units * 10 + (c - '0');
  out.rounded = cut.find_first_not_of('0') != std::string::npos;
  if (out.rounded) {
    if (beyond == Beyond::refuse)
      return fail(Reject::model_invalid, "the number " + std::string(text),
                  "at most " + std::to_string(places) + " places after the point");
    const bool half = cut[0] == '5' && cut.find_first_not_of('0', 1) == std::string::npos;
    if (half ? out.units % 2 != 0 : cut[0] >= '5') ++out.units;
  }
  if (out.units > most) return too_big();
  if (negative) out.units = -out.units;
  return out;
}

std::string to_decimal(Int128 units, int places) {
  const bool negative = units < 0;
  std::string digits;  // from the last to the first
  for (Int128 left = units; left != 0; left /= 10) {
    const int last = static_cast<int>(left % 10);
    digits += static_cast<char>('0' + (negative ? -last : last));
  }
  const auto behind = static_cast<std::size_t>(places);
  while (digits.size() <= behind) digits += '0';
  std::ranges::reverse(digits);
  std::string out = (negative ? "-" : "") + digits.substr(0, digits.size() - behind);
  std::string fraction = digits.substr(digits.size() - behind);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? out : out + "." + fraction;
}

double to_double(Int128 units, int places) {
  const std::string text = to_decimal(units, places);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);  // correctly rounded
  return out;
}

}  // namespace glovebox::model
