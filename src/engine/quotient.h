// quotient.h: the float32 quotient without a division, because dividers of some processors end earlier for some
// operands. The bits are those of the plain operator.
#pragma once
#include <bit>
#include <cstdint>

#include "engine/floats.h"

namespace glovebox::engine {

// reciprocal is 1 / b to some 2^-52 of it, of a normal double between 2^-500 and 2^500: a guess from b's bits, off by
// a twentieth at most, and four of Newton's steps, each of which squares that.
inline double reciprocal(double b) {
  double y = std::bit_cast<double>(std::uint64_t{0x7fde623822fc16e6} - std::bit_cast<std::uint64_t>(b));
  for (int i = 0; i < 4; ++i) y *= 2.0 - b * y;
  return y;
}

// quotient is a / b, rounded to float32 as XGBoost's division of floats: `above` is a float32, widened, that is not
// negative; `below` one of at least 1. Of NaNs it gives one.
//
// The first estimate is cut to its upper 26 bits; times b's 24 they are exact in a double, and so is what is left of a.
// What that is worth is added: the sum is off by little more than half a double's last place, and not at all if the
// quotient has no more than 26 bits. A quotient of two floats lies on a border between two floats (25 bits), and then
// this one is it; or at least 2^-50 of it away. So rounding this one is rounding a / b.
inline float quotient(double above, float below) {
  const double b = below;
  const double y = reciprocal(b);
  const double estimate = above * y;
  constexpr double split = 0x1p27 + 1;
  const double upper = split * estimate - (split * estimate - estimate);
  const double left = above - upper * b;
  return float_of(narrow(upper + left * y));
}

}  // namespace glovebox::engine
