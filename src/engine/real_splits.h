// real_splits.h: a tree ensemble over float32 features as one over yes-or-no answers. Every split asks one question of
// one feature, "is it at least t?", or, where it is categorical, some such questions whose answers are added modulo 2;
// XGBoost's trees ask the same ones again and again, so there are fewer questions than splits. Computed for every row
// without a branch, the answers are codes 0 and 1 (1: to the right) of what dosage_tree.h calls features.
#pragma once
#include "engine/dosage_blocks.h"

namespace glovebox::engine {

// A column is a feature as whole numbers in the order of the floats (order() of floats.h), with missing values below
// all of them or above all: each split sends them one way, and takes the column in which that is so.
struct RealColumn {
  std::uint32_t feature = 0;
  std::int32_t missing = 0;          // what stands for NaN
  std::size_t thresholds_begin = 0;  // of RealSplits::thresholds, ascending; their places are the answers' numbers
  std::size_t thresholds_end = 0;
};
constexpr std::int32_t missing_below = INT32_MIN;
constexpr std::int32_t missing_above = INT32_MAX;

// A category set is true where the sum of some answers, all of one column, is odd: members that follow each other make
// an interval, and an interval [a, b) is "at least a" and not "at least b".
struct CategorySet {
  std::size_t begin = 0;  // of RealSplits::members: numbers of answers
  std::size_t end = 0;
};

struct RealSplits {
  std::size_t features = 0;
  std::vector<RealColumn> columns;
  std::vector<std::int32_t> thresholds;
  std::vector<CategorySet> sets;  // their answers come after the thresholds'
  std::vector<std::uint32_t> members;
  Blocks blocks;

  std::size_t answers() const { return thresholds.size() + sets.size(); }
};

// right_if_yes is what every such split does: code 1, and 3, which is none here, go right. (The table of which the
// plane of the codes' low bits is the answer.)
constexpr std::uint8_t right_if_yes = 0b1010;

// answers_max is what a split's number has room for; more are refused by real_splits_of (too_large).
constexpr std::size_t answers_max = std::size_t{1} << 24;

Result<RealSplits> real_splits_of(const model::Ensemble& ensemble);

}  // namespace glovebox::engine
