// layers: base result
// max_len: 4096
#include <algorithm>
#include <cmath>
#include <cstring>

#include "property.h"
#include "result/result.h"

// What parses has one encoding, and the parts that receipts commit to stand in it.
using namespace glovebox;
using fuzz::require;

namespace {
// standing takes the bytes for numbers: a percentile is one, a greater value never stands lower, and a category is one
// of those there are.
void standing(View bytes) {
  std::vector<float> numbers;
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
    float number = 0;
    std::memcpy(&number, bytes.data(), 4);
    if (std::isfinite(number)) numbers.push_back(number);
  }
  if (numbers.size() < 2) return;
  const auto [low, high] = std::minmax(numbers[0], numbers[1]);
  const std::span listed = std::span(numbers).subspan(2);
  std::ranges::sort(listed);
  for (const auto of : {result::percentile_of, result::rank_of}) {
    const auto at_low = of(low, listed), at_high = of(high, listed);
    require(at_low.has_value() == at_high.has_value(), "numbers have a place where there is one");
    if (at_low)
      require(*at_low >= 0 && *at_low <= *at_high && *at_high <= 100, "a percentile is one, and grows with its value");
  }
  require(!result::percentile_of(NAN, listed) && !result::rank_of(NAN, listed), "no number has no place");
  std::vector<result::Category> categories;
  for (const float end : listed) categories.push_back({.below = end, .name = "x", .words = "x"});
  const auto category = result::category_of(low, categories);
  require(category.has_value() == (!listed.empty() && low < listed.back()), "a category is one of those there are");
  if (category)
    require(low < *categories[*category].below && (*category == 0 || low >= *categories[*category - 1].below),
            "and the first that it is below");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  standing(bytes);
  const auto parsed = result::parse(bytes);
  if (!parsed) return 0;
  const Bytes again = result::encode(*parsed);
  require(equal(again, bytes), "a result has one encoding");
  require(result::parse(again) == parsed, "and reads as the same");
  if (const auto* report = std::get_if<result::Report>(&*parsed)) {
    require(text_of(again).contains(text_of(result::encode_rows(*report))), "the rows stand in it as committed");
    require(text_of(again).contains(text_of(result::encode_quality(*report))),
            "the quality counts stand in it as committed");
  }
  return 0;
}
