#include "scan/call_texts.h"

#include <algorithm>

namespace glovebox::scan {
namespace {
// short_code numbers the texts of three characters "a/b" and "a|b", a and b from '.' to '9'; nothing for others.
constexpr std::size_t alleles = '9' - '.' + 1;
inline std::size_t short_code(const char* text, std::size_t none) {
  const auto first = static_cast<std::uint8_t>(text[0] - '.');
  const auto second = static_cast<std::uint8_t>(text[2] - '.');
  const bool phased = text[1] == '|';
  if (first >= alleles || second >= alleles || (!phased && text[1] != '/')) return none;
  return (std::size_t{first} * alleles + second) * 2 + (phased ? 1 : 0);
}
}  // namespace

CallTexts::CallTexts(std::size_t samples) : short_(short_texts), text_of_(samples), members_(samples) {}

std::uint32_t CallTexts::number_of(std::string_view text) {
  const auto [at, is_new] = long_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (is_new) texts_.push_back({.text = text});
  return at->second;
}

bool CallTexts::split(std::string_view calls) {
  texts_.clear();
  long_.clear();
  std::ranges::fill(short_, 0);
  const char* p = calls.data();
  const char* const end = p + calls.size();
  const std::size_t samples = text_of_.size();
  for (std::size_t i = 0; i < samples; ++i) {
    const auto left = static_cast<std::size_t>(end - p);
    if (left >= 3 && (left == 3 || p[3] == '\t')) {
      const std::size_t code = short_code(p, short_texts);
      if (code != short_texts) {
        std::uint32_t& number = short_[code];
        if (number == 0) {
          texts_.push_back({.text = {p, 3}});
          number = static_cast<std::uint32_t>(texts_.size());
        }
        text_of_[i] = number - 1;
        if (left == 3) {
          if (i + 1 != samples) return false;
          group();
          return true;
        }
        p += 4;
        continue;
      }
    }
    const char* const tab = std::find(p, end, '\t');
    text_of_[i] = number_of({p, static_cast<std::size_t>(tab - p)});
    if (tab == end) {
      if (i + 1 != samples) return false;
      group();
      return true;
    }
    p = tab + 1;
  }
  return false;  // more columns than samples
}

void CallTexts::group() {
  for (const std::uint32_t number : text_of_) ++texts_[number].size;
  std::size_t begin = 0;
  for (Text& text : texts_) {
    text.begin = begin;
    begin += text.size;
    text.size = 0;
  }
  for (std::size_t i = 0; i < text_of_.size(); ++i) {
    Text& text = texts_[text_of_[i]];
    members_[text.begin + text.size++] = static_cast<std::uint32_t>(i);
  }
}

}  // namespace glovebox::scan
