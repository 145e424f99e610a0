// The batch kernels for any machine: planes are four 64-bit words, leaves are picked by masks. Clear rather than fast.
#include <array>
#include <bit>

#include "engine/dosage_batch.h"

namespace glovebox::engine {
namespace {
using Plane = std::array<std::uint64_t, plane_words>;

Plane load(const std::uint64_t* at) {
  return {at[0], at[1], at[2], at[3]};
}

// `right` where the selector is set, else `left`.
Plane choose(const Plane& selector, const Plane& left, const Plane& right) {
  Plane out;
  for (std::size_t w = 0; w < plane_words; ++w) out[w] = left[w] ^ ((left[w] ^ right[w]) & selector[w]);
  return out;
}

template <class Rule>
void planes_by(Rule rule, const std::uint32_t* features, std::size_t count, const std::uint64_t* lo,
               const std::uint64_t* hi, std::size_t stride, std::uint64_t* out) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t w = 0; w < plane_words; ++w)
      out[i * plane_words + w] = rule(lo[features[i] * stride + w], hi[features[i] * stride + w]);
}

void planes(unsigned kind, const std::uint32_t* features, std::size_t count, const std::uint64_t* lo,
            const std::uint64_t* hi, std::size_t stride, std::uint64_t* out) {
  using W = std::uint64_t;
  const auto by = [&](auto rule) { planes_by(rule, features, count, lo, hi, stride, out); };
  switch (2 * kind + 2) {  // bit c: code c goes right; a code is a + 2 b
    case 0b0010:
      return by([](W a, W b) { return a & ~b; });
    case 0b0100:
      return by([](W a, W b) { return ~a & b; });
    case 0b0110:
      return by([](W a, W b) { return a ^ b; });
    case 0b1000:
      return by([](W a, W b) { return a & b; });
    case 0b1010:
      return by([](W a, W) { return a; });
    case 0b1100:
      return by([](W, W b) { return b; });
    default:
      return by([](W a, W b) { return a | b; });
  }
}

void block(unsigned depth, const std::uint64_t* all, const std::uint16_t* splits, const std::uint8_t* leaves,
           std::uint64_t* selectors, Into into, const std::uint64_t* mask, std::uint32_t* values, float* margins) {
  std::array<Plane, block_depth_max> selector;
  std::array<Plane, std::size_t{1} << (block_depth_max - 1)> level;
  for (unsigned k = 0; k < depth; ++k) {
    const std::size_t width = std::size_t{1} << k;
    for (std::size_t i = 0; i < width; ++i) level[i] = load(all + splits[width - 1 + i]);
    for (unsigned up = k; up-- > 0;)
      for (std::size_t i = 0; i < std::size_t{1} << up; ++i)
        level[i] = choose(selector[up], level[2 * i], level[2 * i + 1]);
    selector[k] = level[0];
    for (std::size_t w = 0; w < plane_words; ++w) selectors[k * plane_words + w] = level[0][w];
  }
  const std::size_t size = std::size_t{1} << depth;
  const std::size_t width = size < 16 ? 16 : size;
  constexpr std::size_t part = 16;  // rows at a time, for registers
  for (std::size_t r = 0; r < batch_rows; r += part) {
    std::array<std::uint32_t, part> leaf{};
    for (unsigned k = 0; k < depth; ++k)
      for (std::size_t i = 0; i < part; ++i)
        leaf[i] = 2 * leaf[i] + static_cast<std::uint32_t>(selector[k][r / 64] >> (r % 64 + i) & 1);
    std::array<std::uint32_t, part> picked{};
    for (std::size_t j = 0; j < size; ++j) {
      const std::uint32_t bits = leaves[j] | std::uint32_t{leaves[width + j]} << 8 |
                                 std::uint32_t{leaves[2 * width + j]} << 16 |
                                 std::uint32_t{leaves[3 * width + j]} << 24;
      // The difference of numbers below 256, less one, is negative only where they are equal.
      for (std::size_t i = 0; i < part; ++i)
        picked[i] |= bits & (0 - (((leaf[i] ^ static_cast<std::uint32_t>(j)) - 1) >> 31));
    }
    for (std::size_t i = 0; i < part; ++i) {
      const std::size_t row = r + i;
      const std::uint32_t here = 0 - static_cast<std::uint32_t>(mask[row / 64] >> (row % 64) & 1);
      if (into == Into::margin) margins[row] += std::bit_cast<float>(picked[i]);
      if (into == Into::first) values[row] = picked[i];
      if (into == Into::more) values[row] |= picked[i] & here;
    }
  }
}

void add(const std::uint32_t* values, float* margins) {
  for (std::size_t i = 0; i < batch_rows; ++i) margins[i] += std::bit_cast<float>(values[i]);
}

constexpr auto in_order = [] {
  std::array<std::uint8_t, batch_rows> out{};
  for (std::size_t i = 0; i < batch_rows; ++i) out[i] = static_cast<std::uint8_t>(i);
  return out;
}();

}  // namespace

const BatchKernels batch_portable{.planes = planes, .block = block, .add = add, .lanes = in_order.data()};

}  // namespace glovebox::engine
