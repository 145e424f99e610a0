// decimal.h: decimal fractions in fixed point, in 128 bits. A score's weights are texts ("-2.76E-02"); binary fractions
// would make their sum depend on the order of its terms, and differ from one machine to the next. Here a weight is a
// whole number of 10^-24, a dosage a whole number of 10^-6, and so a sum a whole number of 10^-30, exact.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glovebox::model {

__extension__ typedef __int128 Int128;  // ISO C++ has no name for it; GCC and Clang do
constexpr int weight_places = 24;
constexpr int dosage_places = 6;
constexpr int sum_places = weight_places + dosage_places;
constexpr std::int32_t dosage_unit = 1'000'000;  // one allele
constexpr std::size_t decimal_text_max = 128;    // bytes

// ten_to is 10^n, for n up to 38.
constexpr Int128 ten_to(int n) {
  Int128 out = 1;
  for (int i = 0; i < n; ++i) out *= 10;
  return out;
}

// Beyond says what becomes of digits beyond the last place that is kept.
enum class Beyond { refuse, round_half_even };

struct Decimal {
  Int128 units = 0;      // of 10^-places
  bool rounded = false;  // digits were lost
};

// parse_decimal reads [+-]digits[.digits][e[+-]digits], where a digit must stand on one side of the point, as a whole
// number of 10^-places. model_malformed for any other text, also "nan" and "inf"; model_invalid for a magnitude beyond
// `most`, in the same units, or for digits that would be lost.
Result<Decimal> parse_decimal(std::string_view text, int places, Int128 most, Beyond beyond = Beyond::refuse);

// to_decimal writes units x 10^-places exactly and in its one shortest form: no exponent, no zero that says nothing,
// "0", "-0.0276", "12".
std::string to_decimal(Int128 units, int places);

// to_double is the value as the nearest float64, or one beside it.
double to_double(Int128 units, int places);

}  // namespace glovebox::model
