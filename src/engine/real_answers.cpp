#include "engine/real_answers.h"

#include <cstring>

#include "engine/floats.h"

namespace glovebox::engine {
namespace {
const RealKernels& kernels_of(Path path) {
#if defined(__x86_64__)
  if (path == Path::avx2) return real_avx2;
#endif
  return real_portable;
}

std::int32_t key_of(std::int32_t value_bits, std::int32_t missing) {
  const auto bits = static_cast<std::uint32_t>(value_bits);
  return static_cast<std::int32_t>(
      choose(mask_nan(bits), static_cast<std::uint32_t>(missing), static_cast<std::uint32_t>(order(bits))));
}

void keys(std::int32_t* bits, std::size_t count, std::int32_t missing) {
  for (std::size_t i = 0; i < count; ++i) bits[i] = key_of(bits[i], missing);
}

// `a >= b` as 0 or 1.
std::uint32_t at_least(std::int32_t a, std::int32_t b) {
  return 1U ^ static_cast<std::uint32_t>(static_cast<std::uint64_t>(std::int64_t{a} - std::int64_t{b}) >> 63);
}

void planes(const std::int32_t* keys, const std::int32_t* thresholds, std::size_t count, std::uint64_t* planes) {
  for (std::size_t t = 0; t < count; ++t) {
    std::uint32_t words[8] = {};
    for (unsigned i = 0; i < 32; ++i)
      for (unsigned c = 0; c < 8; ++c) words[c] |= at_least(keys[8 * i + c], thresholds[t]) << i;
    for (unsigned w = 0; w < plane_words; ++w)
      planes[t * plane_words + w] = words[2 * w] | std::uint64_t{words[2 * w + 1]} << 32;
  }
}

void codes(std::int32_t key, const std::int32_t* thresholds, std::size_t count, std::uint8_t* codes) {
  for (std::size_t t = 0; t < count; ++t) codes[t] = static_cast<std::uint8_t>(at_least(key, thresholds[t]));
}
}  // namespace

const RealKernels real_portable{.keys = keys, .planes = planes, .codes = codes};

void planes_of_values(const RealSplits& splits, Path path, const float* values, std::size_t rows, std::int32_t* keys,
                      std::uint64_t* planes) {
  const RealKernels& kernels = kernels_of(path);
  for (const RealColumn& column : splits.columns) {
    std::memset(keys, 0, batch_rows * sizeof *keys);
    for (std::size_t r = 0; r < rows; ++r)
      std::memcpy(&keys[r % 32 * 8 + r / 32], &values[r * splits.features + column.feature], sizeof *keys);
    kernels.keys(keys, batch_rows, column.missing);
    kernels.planes(keys, splits.thresholds.data() + column.thresholds_begin,
                   column.thresholds_end - column.thresholds_begin, planes + column.thresholds_begin * plane_words);
  }
  std::uint64_t* sum = planes + splits.thresholds.size() * plane_words;
  for (const CategorySet& set : splits.sets) {
    for (std::size_t w = 0; w < plane_words; ++w) {
      sum[w] = 0;
      for (std::size_t m = set.begin; m < set.end; ++m) sum[w] ^= planes[splits.members[m] * plane_words + w];
    }
    sum += plane_words;
  }
}

void codes_of_values(const RealSplits& splits, Path path, const float* values, std::uint8_t* codes) {
  const RealKernels& kernels = kernels_of(path);
  for (const RealColumn& column : splits.columns) {
    const auto bits = static_cast<std::int32_t>(bits_of(values[column.feature]));
    kernels.codes(key_of(bits, column.missing), splits.thresholds.data() + column.thresholds_begin,
                  column.thresholds_end - column.thresholds_begin, codes + column.thresholds_begin);
  }
  std::uint8_t* sum = codes + splits.thresholds.size();
  for (const CategorySet& set : splits.sets) {
    unsigned odd = 0;
    for (std::size_t m = set.begin; m < set.end; ++m) odd ^= codes[splits.members[m]];
    *sum++ = static_cast<std::uint8_t>(odd);
  }
}

}  // namespace glovebox::engine
