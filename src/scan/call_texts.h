// call_texts.h: one row's sample columns, grouped: thousands of people have the same few texts, `0/0`, `0|1`, and what
// a text says needs to be found out once.
#pragma once
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"

namespace glovebox::scan {

class CallTexts {
 public:
  explicit CallTexts(std::size_t samples);

  // split takes the columns behind FORMAT, tabs between them, which must outlive it. False if there are not as many as
  // samples.
  bool split(std::string_view calls);
  // The distinct texts, in the order of the first sample that has each; which one each sample has; and the samples that
  // have one, in order.
  std::size_t size() const { return texts_.size(); }
  std::span<const std::uint32_t> text_of() const { return text_of_; }
  std::string_view text(std::size_t number) const { return texts_[number].text; }
  std::span<const std::uint32_t> samples(std::size_t number);

 private:
  struct Text {
    std::string_view text;
    std::size_t begin = 0, size = 0;  // in members_
  };
  std::uint32_t number_of(std::string_view text);
  void group();

  // Short is a text of three characters with its tab, in the place that they give it: most rows have nothing else.
  struct Short {
    std::uint32_t key = 0;  // no text's
    std::uint32_t number = 0;
  };
  static constexpr unsigned short_bits = 9;
  std::vector<Text> texts_;
  std::vector<Short> short_;
  std::unordered_map<std::string_view, std::uint32_t> long_;
  std::vector<std::uint32_t> text_of_;  // by sample
  std::vector<std::uint32_t> members_;  // once asked for
  bool grouped_ = false;
};

}  // namespace glovebox::scan
