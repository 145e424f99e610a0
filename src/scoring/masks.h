// masks.h: comparisons whose answer is a mask, all ones or zero, and never a branch: for numbers that nobody may time.
// hide keeps the compiler from finding out that a mask has only two values, and making a jump of it.
#pragma once
#include <bit>
#include <cstdint>

namespace glovebox::scoring::masks {

using Mask = std::uint64_t;

inline Mask hide(Mask m) {
  asm("" : "+r"(m));  // NOLINT: no instruction; what comes out is unknown to the optimiser
  return m;
}
// below: a < b, of numbers below 2^63.
inline Mask below(std::uint64_t a, std::uint64_t b) {
  return hide(0 - ((a - b) >> 63));
}
inline Mask same(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t x = a ^ b;
  return hide(((x | (0 - x)) >> 63) - 1);
}
// bit: whether bit `at` of `set` is 1, for `at` below 64.
inline Mask bit(std::uint64_t set, std::uint64_t at) {
  return hide(0 - ((set >> at) & 1));
}
inline std::uint64_t choose(Mask m, std::uint64_t yes, std::uint64_t no) {
  return no ^ (m & (yes ^ no));
}
// order puts the bits of a float that is no NaN in the order of whole numbers, from 0; -0 and 0 are one.
inline std::uint64_t order(std::uint32_t bits) {
  const auto plain = static_cast<std::uint32_t>(bits & ~same(bits, 0x80000000U));
  const std::uint32_t sign = 0U - (plain >> 31);
  return plain ^ (sign | 0x80000000U);
}

// copies_of is the float32 nearest to dosage / 1000000, for 0 to 2000000, without a division: some processors end one
// early for easy numbers.
inline float copies_of(std::int32_t dosage) {
  return static_cast<float>(static_cast<double>(dosage) * 1e-6);
}

}  // namespace glovebox::scoring::masks
