// row.h: the model's features of one person or one table line, with how each of them came about.
#pragma once
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "genome/dosage.h"
#include "protocol/slice.h"

namespace glovebox::scoring {

// How a feature came about: one of genome::Outcome for a variant, or one of these two for a plain value.
using How = std::uint8_t;
constexpr How how_value = genome::outcomes_end;
constexpr How how_value_missing = genome::outcomes_end + 1;
constexpr std::size_t hows_end = genome::outcomes_end + 2;

constexpr How how(genome::Outcome outcome) {
  return static_cast<How>(outcome);
}
std::string_view name(How how);
// counts_as_used says whether the score rests on a feature that came about so.
bool counts_as_used(How how);

struct Row {
  std::string_view id;                      // the sample's name, or the line's number
  std::span<const float> features;          // in the model's order; NaN is the model's missing
  std::span<const How> hows;                // the same size
  std::span<const model::Dose> doses = {};  // the same size, and exact, for a polygenic score; else empty
  std::span<const protocol::SliceRecord> records =
      {};  // the same size: all of this, as a slice has it; none of a table
};
using RowSink = std::function<Status(const Row&)>;

// RowCounts are one row's hows, counted.
struct RowCounts {
  std::array<std::uint32_t, hows_end> numbers{};
  double coverage = 0;
};

// Tally counts hows over all rows, by number and by weight (bundle::weights_of).
class Tally {
 public:
  explicit Tally(std::vector<double> weights) : weights_(std::move(weights)) {}
  // of_one is the tally of one row that was counted elsewhere.
  static Tally of_one(const std::array<std::uint64_t, hows_end>& numbers, const std::array<double, hows_end>& shares);
  // add counts one row and returns its coverage: the weight of what was used, 0 to 1.
  double add(std::span<const How> hows);
  // of_row counts one row by itself: what a tally of it alone would say.
  RowCounts of_row(std::span<const How> hows) const;
  std::uint64_t rows() const { return rows_; }
  std::uint64_t asked() const;
  std::uint64_t used() const;
  double coverage() const;  // the mean of all rows
  std::uint64_t number(How how) const { return numbers_[how]; }
  double weight(How how) const;  // the mean of all rows

 private:
  std::vector<double> weights_;
  std::uint64_t rows_ = 0;
  std::array<std::uint64_t, hows_end> numbers_{};
  std::array<double, hows_end> shares_{};
};

}  // namespace glovebox::scoring
