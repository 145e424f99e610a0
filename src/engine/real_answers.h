// real_answers.h: the answers of real_splits.h for rows of float32 features: as planes of 256 rows, or as a byte each
// for one row. Every value is compared with every threshold of its column.
#pragma once
#include "engine/dosage_batch.h"
#include "engine/path.h"
#include "engine/real_splits.h"

namespace glovebox::engine {

// planes_of_values writes an answer's plane for each answer. `rows`, at most 256, rows of splits.features values;
// `keys` is room for 256 numbers.
void planes_of_values(const RealSplits& splits, Path path, const float* values, std::size_t rows, std::int32_t* keys,
                      std::uint64_t* planes);

// codes_of_values writes each answer of one row as 0 or 1.
void codes_of_values(const RealSplits& splits, Path path, const float* values, std::uint8_t* codes);

// The kernels, one set for each Path. Of 256 numbers, that of row 32 c + i is at keys[8 i + c].
struct RealKernels {
  // keys: floats, as bits, become numbers in their order, NaN becoming `missing`.
  void (*keys)(std::int32_t* bits, std::size_t count, std::int32_t missing);
  // planes: row by row, is its number at least the threshold?
  void (*planes)(const std::int32_t* keys, const std::int32_t* thresholds, std::size_t count, std::uint64_t* planes);
  // codes: is the one number at least each threshold?
  void (*codes)(std::int32_t key, const std::int32_t* thresholds, std::size_t count, std::uint8_t* codes);
};
extern const RealKernels real_portable;
extern const RealKernels real_avx2;

}  // namespace glovebox::engine
