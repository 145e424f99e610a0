// measured.h: what an enclave makes of a slice: the numbers of one score in a block of fixed width. The same bytes
// stand at the same places for every person: how the block is written, sealed and sent can depend on none of them. What
// the numbers mean (percentile, category, words) is for who holds the model's manifest (docs/spec/slice.md,
// "Measured").
#pragma once
#include <array>

#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::result {

constexpr std::string_view measured_label = "glovebox measured v1";
constexpr std::size_t measured_outcomes = 17;  // those of a genome's sites, then value and value_missing
constexpr std::size_t measured_head_size = 64;
constexpr std::size_t measured_sums_size = 16 + 8 + 8;
constexpr std::size_t measured_quality_size = 8 + 8 + measured_outcomes * 16;

// Status says what was wrong with the records; 0: nothing. A block of another status holds no score: its numbers are 0.
enum MeasuredStatus : std::uint64_t {
  measured_good = 0,
  measured_record_invalid = 1,  // a record that has not its form
  measured_value_missing = 2,   // nothing where the model refuses that
  measured_value_range = 4,     // a plain value outside the model's range or levels
};
constexpr std::uint64_t measured_status_end = 8;

// Shape is what of a model the block's size depends on.
struct Shape {
  std::size_t groups = 0;   // margins
  std::size_t outputs = 0;  // predictions
  bool operator==(const Shape&) const = default;
};
constexpr std::size_t measured_output_size(const Shape& shape) {
  return measured_head_size + 8 + 4 * (shape.groups + shape.outputs) + measured_sums_size;
}
constexpr std::size_t measured_size(const Shape& shape) {
  return measured_output_size(shape) + measured_quality_size;
}

struct Measured {
  Digest model_digest{};
  std::uint64_t status = measured_good;
  std::vector<float> margins = {};
  std::vector<float> predictions = {};
  // Of a polygenic score; else 0. The sum is a whole number of 10^-30 in two's complement, its low half first.
  std::array<std::uint64_t, 2> sum{};
  std::uint64_t denominator = 0;
  std::int64_t dosage_sum = 0;
  // The share of the model that the score rests on, summed up in the features' order, and whether it reaches the gate.
  double coverage = 0;
  bool covered = false;
  struct Count {
    std::uint64_t number = 0;
    double weight = 0;
  };
  std::array<Count, measured_outcomes> counts{};

  Shape shape() const { return {.groups = margins.size(), .outputs = predictions.size()}; }
};

// encode writes measured_size(shape()) bytes, without a branch on any number.
SecretBytes encode(const Measured& measured);

// MeasuredParts are what a receipt commits to; both borrow the block. Together they are all of it.
struct MeasuredParts {
  View output;   // head, status, margins, predictions, sums
  View quality;  // coverage and counts
};
// measured_parts checks label, model, shape and size, and looks at nothing else: malformed.
Result<MeasuredParts> measured_parts(View block, const Digest& model, const Shape& shape);

// parse_measured reads a block for who asked for it; beside measured_parts, malformed for a status that no enclave of
// this version writes, or a `covered` that is not 0 or 1.
Result<Measured> parse_measured(View block, const Digest& model, const Shape& shape);

// is_measured tells a block from a result document, by its label.
bool is_measured(View bytes);

}  // namespace glovebox::result
