#include "scan/call_texts.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace glovebox::scan {
namespace {
constexpr std::size_t short_size = 4;

inline std::uint32_t load(const char* p) {
  std::uint32_t out = 0;
  std::memcpy(&out, p, sizeof out);
  return out;
}

// Four is four texts of three characters, or their numbers.
using Four = std::uint32_t __attribute__((vector_size(16)));
constexpr std::size_t four_bytes = sizeof(Four);

inline Four load_four(const char* p) {
  Four out;
  std::memcpy(&out, p, sizeof out);
  return out;
}

// Common are the first few such texts of a row, which nearly all of its samples have. Unused places repeat the last
// one.
class Common {
 public:
  void add(std::uint32_t key, std::uint32_t number) {
    if (size_ == keys_.size()) return;
    for (std::size_t i = size_++; i < keys_.size(); ++i) {
      keys_[i] = Four{key, key, key, key};
      numbers_[i] = Four{number, number, number, number};
    }
  }
  // find numbers four texts; false if not all of them are among these.
  bool find(Four texts, std::uint32_t* numbers) const {
    if (size_ == 0) return false;
    Four found{}, all{};
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const auto same = reinterpret_cast<Four>(texts == keys_[i]);
      all |= same;
      found |= same & numbers_[i];
    }
    std::uint64_t halves[2];
    std::memcpy(halves, &all, sizeof halves);
    if ((halves[0] & halves[1]) != ~std::uint64_t{0}) return false;
    std::memcpy(numbers, &found, sizeof found);
    return true;
  }

 private:
  std::size_t size_ = 0;
  std::array<Four, 4> keys_{}, numbers_{};
};
}  // namespace

CallTexts::CallTexts(std::size_t samples)
    : short_(std::size_t{1} << short_bits), text_of_(samples), members_(samples) {}

std::uint32_t CallTexts::number_of(std::string_view text) {
  const auto [at, is_new] = long_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (is_new) texts_.push_back({.text = text});
  return at->second;
}

bool CallTexts::split(std::string_view calls) {
  texts_.clear();
  long_.clear();
  grouped_ = false;
  std::ranges::fill(short_, Short{});
  const char* p = calls.data();
  const char* const end = p + calls.size();
  const std::size_t samples = text_of_.size();
  Common common;
  std::size_t one_by_one = 0;  // samples, before the next try with four
  for (std::size_t i = 0; i + 1 < samples; ++i) {
    if (one_by_one == 0) {
      while (i + 5 < samples && static_cast<std::size_t>(end - p) >= four_bytes &&
             common.find(load_four(p), &text_of_[i])) {
        i += 4;
        p += four_bytes;
      }
      one_by_one = 4;
    }
    --one_by_one;
    if (static_cast<std::size_t>(end - p) >= short_size) {
      const std::uint32_t key = load(p);
      Short& place = short_[key * 0x9e3779b1U >> (32 - short_bits)];
      if (place.key == key) {
        text_of_[i] = place.number;
        p += short_size;
        continue;
      }
      if (place.key == 0 && p[3] == '\t' && std::find(p, p + 3, '\t') == p + 3) {
        place = {key, number_of({p, 3})};
        common.add(key, place.number);
        text_of_[i] = place.number;
        p += short_size;
        continue;
      }
    }
    const char* const tab = std::find(p, end, '\t');
    if (tab == end) return false;
    text_of_[i] = number_of({p, static_cast<std::size_t>(tab - p)});
    p = tab + 1;
  }
  if (std::find(p, end, '\t') != end) return false;
  text_of_.back() = number_of({p, static_cast<std::size_t>(end - p)});
  return true;
}

std::span<const std::uint32_t> CallTexts::samples(std::size_t number) {
  if (!grouped_) group();
  return std::span(members_).subspan(texts_[number].begin, texts_[number].size);
}

void CallTexts::group() {
  grouped_ = true;
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
