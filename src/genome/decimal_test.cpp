#include "genome/decimal.h"

#include <cmath>
#include <format>

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {

TEST(Decimal, IsExactToTheMillionth) {
  EXPECT_EQ(millionths("0"), 0);
  EXPECT_EQ(millionths("1"), 1'000'000);
  EXPECT_EQ(millionths("1.2"), 1'200'000);
  EXPECT_EQ(millionths("+1.20"), 1'200'000);
  EXPECT_EQ(millionths("-0.003"), -3'000);
  EXPECT_EQ(millionths(".5"), 500'000);
  EXPECT_EQ(millionths("2."), 2'000'000);
  EXPECT_EQ(millionths("1e-05"), 10);
  EXPECT_EQ(millionths("1.5E-6"), 2) << "a tie goes to the even";
  EXPECT_EQ(millionths("2.5E-6"), 2) << "a tie goes to the even";
  EXPECT_EQ(millionths("2.5000001E-6"), 3);
  EXPECT_EQ(millionths("0.0000005"), 0);
  EXPECT_EQ(millionths("0.0000015"), 2);
  EXPECT_EQ(millionths("-0.0000015"), -2);
  EXPECT_EQ(millionths("0.00000051"), 1);
  EXPECT_EQ(millionths("1e-7"), 0);
  EXPECT_EQ(millionths("9e-7"), 1);
  EXPECT_EQ(millionths("1e-400"), 0);
  EXPECT_EQ(millionths("0e400"), 0);
  EXPECT_EQ(millionths("0e99999999999"), 0);
  EXPECT_EQ(millionths("2E3"), 2'000'000'000);
  EXPECT_EQ(millionths("1e+2"), 100'000'000);
  EXPECT_EQ(millionths("0001.5"), 1'500'000);
  EXPECT_EQ(millionths("999999999999.999999"), 999'999'999'999'999'999);
}

TEST(Decimal, RefusesWhatIsNoDecimal) {
  for (const char* text : {"",    ".",   "-",    "+",    "e5", "1e", "1e+", "1e-", "1e1.5", "1.2.3", "1,2",  "nan",
                           "NaN", "inf", "-inf", "0x10", "1f", " 1", "1 ",  "--1", "1e5x",  "1e+-5", "1e--5"})
    EXPECT_EQ(millionths(text), std::nullopt) << text;
  EXPECT_EQ(millionths("1000000000000"), std::nullopt) << "from 10^12 on";
  EXPECT_EQ(millionths("1e12"), std::nullopt);
  EXPECT_EQ(millionths("1e400"), std::nullopt);
  EXPECT_EQ(millionths(std::string(decimal_text_max, '0')), 0);
  EXPECT_EQ(millionths(std::string(decimal_text_max + 1, '0')), std::nullopt);
}

TEST(Decimal, AgreesWithWideFloatingPoint) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto whole = static_cast<std::int64_t>(random() % 4'000'000'000);  // of 10^-9
    const std::string text = std::format("{}.{:09}", whole / 1'000'000'000, whole % 1'000'000'000);
    const std::int64_t rest = whole % 1000;
    const std::int64_t down = whole / 1000;
    const std::int64_t expected = rest > 500 || (rest == 500 && down % 2 == 1) ? down + 1 : down;
    ASSERT_EQ(millionths(text), expected) << text;
    const std::string scientific = std::format("{}e-9", whole);
    ASSERT_EQ(millionths(scientific), expected) << scientific;
  }
}

TEST(Decimal, HalfGoesToTheEven) {
  EXPECT_EQ(half(0), 0);
  EXPECT_EQ(half(1), 0);
  EXPECT_EQ(half(3), 2);
  EXPECT_EQ(half(5), 2);
  EXPECT_EQ(half(2'000'000), 1'000'000);
}

}  // namespace
}  // namespace glovebox::genome
