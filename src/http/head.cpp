#include "http/head.h"

#include <algorithm>
#include <charconv>

namespace glovebox::http {
namespace {

constexpr std::size_t length_digits_max = 18;  // below 2^63
constexpr std::string_view space = " \t";

bool token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}
bool value_character(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, token_character);
}
bool is_same(std::string_view text, std::string_view lower) {
  return std::ranges::equal(
      text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

}  // namespace

std::optional<std::size_t> HeadCheck::take(View bytes) {
  std::size_t used = 0;
  for (const std::uint8_t byte : bytes) {
    if (state_ == State::whole || state_ == State::refused) break;
    ++used;
    const bool after_return = line_.ends_with('\r');
    bool good = left_-- > 0;
    if (byte != '\n') {
      good = good && !after_return;  // a CR stands before its LF, or nowhere
      line_ += static_cast<char>(byte);
    } else {
      good = good && after_return;
      if (good) line_.pop_back();
      if (good) good = state_ == State::first ? take_first() : line_.empty() ? end() : take_field();
      line_.clear();
    }
    if (!good) state_ = State::refused;
  }
  if (state_ == State::refused) return std::nullopt;
  return used;
}

bool HeadCheck::take_first() {
  const std::string_view line = line_;
  const std::size_t method = std::min(line.find(' '), line.size());
  const std::size_t target = std::min(line.find(' ', std::min(method + 1, line.size())), line.size());
  if (!is_token(line.substr(0, method)) || target <= method + 1 || target == line.size()) return false;
  method_ = line.substr(0, method);
  target_ = line.substr(method + 1, target - method - 1);
  if (!std::ranges::all_of(target_, [](char c) { return c > 0x20 && c < 0x7f; })) return false;
  const std::string_view version = line.substr(target + 1);
  version_0_ = version == "HTTP/1.0";
  state_ = State::fields;
  return version_0_ || version == "HTTP/1.1";
}

bool HeadCheck::take_field() {
  const std::string_view line = line_;
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  if (colon == line.size() || !is_token(name) || !std::ranges::all_of(line.substr(colon), value_character))
    return false;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(space), value.size()));
  value = value.substr(0, value.find_last_not_of(space) + 1);
  if (is_same(name, "host")) return !std::exchange(host_, true);
  if (is_same(name, "transfer-encoding")) {
    const bool first = transfer_ == Transfer::none;
    transfer_ = is_same(value, "chunked") ? Transfer::chunked : Transfer::other;
    return first;
  }
  if (is_same(name, "content-length")) {
    std::uint64_t length = 0;
    if (length_ || value.empty() || value.size() > length_digits_max ||
        !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }))
      return false;
    std::from_chars(value.data(), value.data() + value.size(), length);
    length_ = length;
  }
  return true;
}

bool HeadCheck::end() {
  state_ = State::whole;
  return transfer_ == Transfer::none || (!length_ && !version_0_);
}

}  // namespace glovebox::http
