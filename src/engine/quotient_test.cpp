// A quotient without a division is the one with it.
#include "engine/quotient.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

namespace glovebox::engine {
namespace {

bool same(float a, float b) {
  return bits_of(a) == bits_of(b);
}

// The least numbers of the logistic's denominators and of softmax's sums, and the greatest.
constexpr std::uint32_t one = 0x3f800000;
constexpr std::uint32_t greatest = 0x7f7fffff;

TEST(Quotient, OfOneIsTheDivisions) {
  // Every denominator in the exhaustive form, which takes half a minute; else one of 251.
  const std::uint32_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 251;
  for (std::uint32_t bits = one; bits <= greatest; bits += step) {
    const float below = float_of(bits);
    ASSERT_TRUE(same(quotient(1.0, below), 1.0F / below)) << below;
  }
}

TEST(Quotient, OfPairsIsTheDivisions) {
  std::mt19937_64 random(26);
  const int rounds = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 100'000'000 : 2'000'000;
  for (int i = 0; i < rounds; ++i) {
    // Numerators of up to 1, also subnormal; of every third the last bits are nought, so that quotients are short.
    auto above = static_cast<std::uint32_t>(random() % (one + 1));
    auto below = static_cast<std::uint32_t>(one + random() % (i % 2 == 0 ? 0x05000000 : greatest - one + 1));
    if (i % 3 == 0) above &= ~std::uint32_t{0} << random() % 24;
    if (i % 5 == 0) below &= ~std::uint32_t{0} << random() % 24;
    if (i % 7 == 0) above = static_cast<std::uint32_t>(random() % 0x01000000);
    const float a = float_of(above), b = float_of(below);
    ASSERT_TRUE(same(quotient(widen(above), b), a / b)) << a << " / " << b;
  }
}

// Halfway between two subnormals the even one is taken.
TEST(Quotient, OnABorderIsTheDivisions) {
  for (const float below : {2.0F, 4.0F, 0x1p20F, 3.0F, 5.0F})
    for (std::uint32_t above = 0; above < 4096; ++above) {
      ASSERT_TRUE(same(quotient(widen(above), below), float_of(above) / below)) << above << " / " << below;
      const std::uint32_t normal = 0x01000000 + above;
      ASSERT_TRUE(same(quotient(widen(normal), below), float_of(normal) / below)) << normal << " / " << below;
    }
}

TEST(Quotient, OfANaNIsOne) {
  EXPECT_TRUE(std::isnan(quotient(1.0, NAN)));
  EXPECT_TRUE(std::isnan(quotient(widen(bits_of(NAN)), 2.0F)));
  EXPECT_TRUE(std::isnan(quotient(widen(bits_of(NAN)), NAN)));
}

}  // namespace
}  // namespace glovebox::engine
