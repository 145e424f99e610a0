#include "scoring/masks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace glovebox::scoring::masks {
namespace {

TEST(Masks, CopiesAreTheQuotientForEveryDosage) {
  for (std::int32_t dosage = 0; dosage <= 2'000'000; ++dosage)
    ASSERT_EQ(copies_of(dosage), static_cast<float>(static_cast<double>(dosage) / 1'000'000)) << dosage;
}

TEST(Masks, OrderIsTheOrderOfFloats) {
  const float special[] = {0.0F,
                           -0.0F,
                           1.0F,
                           -1.0F,
                           std::numeric_limits<float>::denorm_min(),
                           -std::numeric_limits<float>::denorm_min(),
                           std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::min(),
                           std::numeric_limits<float>::max(),
                           std::numeric_limits<float>::lowest()};
  std::mt19937 random(1);
  const auto draw = [&] {
    const float f = random() % 2 == 0 ? special[random() % std::size(special)]
                                      : std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    return std::isnan(f) ? 0.0F : f;
  };
  for (int i = 0; i < 200'000; ++i) {
    const float a = draw(), b = draw();
    const auto left = order(std::bit_cast<std::uint32_t>(a)), right = order(std::bit_cast<std::uint32_t>(b));
    ASSERT_EQ(a < b, left < right) << a << " " << b;
    ASSERT_EQ(a == b, left == right) << a << " " << b;
  }
}

}  // namespace
}  // namespace glovebox::scoring::masks
