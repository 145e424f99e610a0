#include "result/measured.h"

#include <cmath>
#include <limits>

#include "support.h"

namespace glovebox::result {
namespace {
using test::reason_of;

const Digest model = {9};

Measured a_block() {
  Measured m{.model_digest = model,
             .margins = {1.5F, -0.0F},
             .predictions = {std::numeric_limits<float>::quiet_NaN(), 3},
             .sum = {7, ~std::uint64_t{0}},
             .denominator = 12,
             .dosage_sum = -5,
             .coverage = 0.75,
             .covered = true};
  for (std::size_t i = 0; i < measured_outcomes; ++i)
    m.counts[i] = {.number = i, .weight = static_cast<double>(i) / 32};
  return m;
}

TEST(Measured, ReadsAsItWasWritten) {
  const Measured m = a_block();
  const SecretBytes block = encode(m);
  EXPECT_EQ(block.size(), measured_size(m.shape()));
  EXPECT_TRUE(is_measured(block.expose()));
  const auto read = parse_measured(block.expose(), model, m.shape());
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->sum, m.sum);
  EXPECT_EQ(read->dosage_sum, -5);
  EXPECT_EQ(read->margins[0], 1.5F);
  EXPECT_TRUE(std::signbit(read->margins[1]));
  EXPECT_TRUE(std::isnan(read->predictions[0]));
  EXPECT_EQ(read->counts[16].number, 16U);
  const SecretBytes again = encode(*read);
  EXPECT_TRUE(equal(again.expose(), block.expose()));
}

// The same bytes stand at the same places: a number changes its own bytes alone.
TEST(Measured, HasAPlaceForEveryNumber) {
  const SecretBytes one = encode(a_block());
  Measured changed = a_block();
  changed.margins[0] = -std::numeric_limits<float>::max();
  changed.counts[3].number = std::numeric_limits<std::uint64_t>::max();
  const SecretBytes other = encode(changed);
  ASSERT_EQ(one.size(), other.size());
  const std::size_t count_at = measured_output_size({.groups = 2, .outputs = 2}) + 16 + std::size_t{3} * 16;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const bool margin = i >= measured_head_size + 8 && i < measured_head_size + 12;
    const bool count = i >= count_at && i < count_at + 8;
    if (!margin && !count) {
      EXPECT_EQ(one.expose()[i], other.expose()[i]) << i;
    }
  }
}

TEST(Measured, SplitsIntoWhatAReceiptCommitsTo) {
  const Measured m = a_block();
  const SecretBytes block = encode(m);
  const auto parts = measured_parts(block.expose(), model, m.shape()).value();
  EXPECT_EQ(parts.output.size() + parts.quality.size(), block.size());
  EXPECT_EQ(parts.output.data(), block.expose().data());
  EXPECT_EQ(parts.quality.size(), measured_quality_size);
}

TEST(Measured, OfAnotherModelOrSizeIsNone) {
  const SecretBytes block = encode(a_block());
  const Shape shape = a_block().shape();
  const auto reason = [&](View bytes, const Digest& of, const Shape& wanted) {
    return reason_of(parse_measured(bytes, of, wanted));
  };
  EXPECT_EQ(reason(block.expose(), Digest{8}, shape), "malformed");
  EXPECT_EQ(reason(block.expose(), model, {.groups = 1, .outputs = 3}), "malformed");
  EXPECT_EQ(reason(block.expose().first(block.size() - 1), model, shape), "malformed");
  for (const auto& [at, by] :
       {std::pair<std::size_t, std::uint8_t>(0, 1), {measured_head_size, 8}, {measured_output_size(shape) + 8, 2}}) {
    Bytes changed = to_bytes(block.expose());
    changed[at] ^= by;
    EXPECT_EQ(reason(changed, model, shape), "malformed") << at;
  }
}

}  // namespace
}  // namespace glovebox::result
