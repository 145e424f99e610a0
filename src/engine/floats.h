// floats.h: float32 arithmetic without a branch, a table or an instruction whose time is known to depend on its
// operands' values: comparisons and choices are integer masks, and no operand or result is subnormal, because several
// processors hand those to slow microcode. Results are those of the plain operators, bit for bit.
//
// A mask is 0 or all ones.
#pragma once
#include <bit>
#include <cstdint>

namespace glovebox::engine {

constexpr std::uint32_t magnitude_bits = 0x7fffffff;
constexpr std::uint32_t infinity_bits = 0x7f800000;

// hidden keeps the compiler from seeing that a mask has two values only, and so from making a branch of it.
inline std::uint32_t hidden(std::uint32_t mask) {
#if defined(__GNUC__)
  asm("" : "+r"(mask));
#endif
  return mask;
}
inline std::uint64_t hidden(std::uint64_t mask) {
#if defined(__GNUC__)
  asm("" : "+r"(mask));
#endif
  return mask;
}

inline std::uint32_t bits_of(float v) {
  return std::bit_cast<std::uint32_t>(v);
}
inline float float_of(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

// mask_below: a < b, for numbers below 2^31 (2^63).
inline std::uint32_t mask_below(std::uint32_t a, std::uint32_t b) {
  return hidden(0U - ((a - b) >> 31));
}
inline std::uint64_t mask_below(std::uint64_t a, std::uint64_t b) {
  return hidden(std::uint64_t{0} - ((a - b) >> 63));
}
inline std::uint32_t mask_equal(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t difference = a ^ b;
  return hidden(static_cast<std::uint32_t>((difference - 1) >> 32));
}

// choose is `a` where the mask is set, else `b`.
template <class Bits>
Bits choose(Bits mask, Bits a, Bits b) {
  return b ^ ((a ^ b) & mask);
}

inline std::uint32_t mask_nan(std::uint32_t bits) {
  return mask_below(infinity_bits, bits & magnitude_bits);
}
inline std::uint32_t mask_subnormal_or_zero(std::uint32_t bits) {
  return mask_below(bits & magnitude_bits, std::uint32_t{0x00800000});
}

// order is a whole number that stands to others as the float does to other floats; -0 is 0. Not for NaN.
inline std::int32_t order(std::uint32_t bits) {
  const std::uint32_t sign = 0U - (bits >> 31);
  return static_cast<std::int32_t>(((bits & magnitude_bits) ^ sign) - sign);
}

// mask_less: a < b as floats, false where either is NaN.
inline std::uint32_t mask_less(std::uint32_t a, std::uint32_t b) {
  const auto difference = static_cast<std::int64_t>(order(a)) - static_cast<std::int64_t>(order(b));
  const auto below = hidden(static_cast<std::uint32_t>(static_cast<std::uint64_t>(difference) >> 32));
  return below & ~mask_nan(a) & ~mask_nan(b);
}

// widen is a float that is not negative (or NaN, or infinite) as a double, exactly.
inline double widen(std::uint32_t bits) {
  const std::uint32_t small = mask_subnormal_or_zero(bits);
  // A subnormal is so many 2^-149; counted as a whole number it has no slow form.
  const double tiny = static_cast<double>(static_cast<std::int32_t>(bits & magnitude_bits & small)) * 0x1p-149;
  return static_cast<double>(float_of(bits & ~small)) + tiny;
}

// narrow is a double that is not negative (or NaN, or infinite) as the nearest float, ties to even.
inline std::uint32_t narrow(double v) {
  const auto bits = std::bit_cast<std::uint64_t>(v);
  // A NaN's sign would spoil the comparison: those are above.
  const std::uint64_t tiny = mask_below(bits & 0x7fffffffffffffff, std::bit_cast<std::uint64_t>(0x1p-126));
  const auto normal =
      bits_of(static_cast<float>(std::bit_cast<double>(choose(tiny, std::bit_cast<std::uint64_t>(1.0), bits))));
  // The last bit of 1.5 x 2^-97 is 2^-149, the float's last: the addition rounds as the conversion would.
  constexpr double shift = 0x1.8p-97;
  const double tiny_only = std::bit_cast<double>(bits & tiny);
  const auto subnormal =
      static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(tiny_only + shift) - std::bit_cast<std::uint64_t>(shift));
  return choose(static_cast<std::uint32_t>(tiny), subnormal, normal);
}

}  // namespace glovebox::engine
