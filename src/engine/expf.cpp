#include "engine/expf.h"

#include "engine/expf_kernel.h"
#include "engine/expf_table.h"
#include "engine/floats.h"

namespace glovebox::engine {

// The same steps as in expf_avx2.cpp, one number at a time.
float exp_of(float x) {
  namespace table = expf_table;
  const std::uint32_t bits = bits_of(x);
  const std::uint32_t magnitude = bits & magnitude_bits;
  const std::uint32_t negative = 0U - (bits >> 31);
  const std::uint32_t nan = mask_below(infinity_bits, magnitude);
  const std::uint32_t infinite = mask_below(table::overflow_above, magnitude) & ~negative;
  const std::uint32_t zero = mask_below(table::underflow_above, magnitude) & negative;
  // Outside its range the arithmetic runs on 0, and so it does for subnormals, whose result is 1 as well.
  const std::uint32_t outside = infinite | zero | nan | mask_subnormal_or_zero(bits);

  const double scaled = static_cast<double>(float_of(bits & ~outside)) * table::steps_by_ln2;
  const double shifted = scaled + table::rounding;
  const auto k = std::bit_cast<std::uint64_t>(shifted);
  const double r = scaled - (shifted - table::rounding);
  std::uint64_t power = 0;
  for (std::uint32_t i = 0; i < table::steps; ++i) {
    const std::uint64_t here = mask_below(static_cast<std::uint64_t>(i ^ (k & (table::steps - 1))), std::uint64_t{1});
    power |= table::powers[i] & here;
  }
  const double scale = std::bit_cast<double>(power + (k << 47));
  const double near_one = (table::cubic * r + table::square) * (r * r) + (table::linear * r + 1.0);

  std::uint32_t out = narrow(near_one * scale);
  for (const table::Exception& e : table::exceptions) out = choose(mask_equal(bits, e.x), e.result, out);
  out = choose(infinite, infinity_bits, out) & ~zero;
  return float_of(choose(nan, bits | 0x00400000, out));
}

void exp_of(std::span<float> values, Path path) {
  std::size_t done = 0;
#if defined(__x86_64__)
  if (path == Path::avx2) {
    done = values.size() / 8 * 8;
    exp_avx2(values.data(), done);
  }
#endif
  for (float& v : values.subspan(done)) v = exp_of(v);
}

}  // namespace glovebox::engine
