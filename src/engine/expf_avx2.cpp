#if defined(__x86_64__)
#include <immintrin.h>

#include "engine/expf_kernel.h"
#include "engine/expf_table.h"

namespace glovebox::engine {
namespace {
namespace table = expf_table;

__m256i all32(std::uint32_t v) {
  return _mm256_set1_epi32(static_cast<int>(v));
}
__m256i all64(std::uint64_t v) {
  return _mm256_set1_epi64x(static_cast<long long>(v));
}
__m256i choose(__m256i mask, __m256i a, __m256i b) {
  return _mm256_blendv_epi8(b, a, mask);
}

// power_of looks 2^(i/32) up for four i by going through the table: eight pieces of four, of which three bits of i
// choose one and two bits the place in it.
__m256i power_of(__m256i k) {
  const __m256i two = _mm256_slli_epi64(_mm256_and_si256(k, all64(3)), 1);  // the place in halves: 2i and 2i + 1
  const __m256i place =
      _mm256_or_si256(_mm256_or_si256(two, _mm256_slli_epi64(two, 32)), all64(std::uint64_t{1} << 32));
  __m256i piece[8];
  for (int i = 0; i < 8; ++i)
    piece[i] =
        _mm256_permutevar8x32_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(table::powers + 4 * i)), place);
  for (int half = 4, bit = 4; half > 0; half /= 2, --bit) {
    const __m256d upper = _mm256_castsi256_pd(_mm256_slli_epi64(k, 63 - bit));  // the bit as the sign
    for (int i = 0; i < half; ++i)
      piece[i] = _mm256_castpd_si256(
          _mm256_blendv_pd(_mm256_castsi256_pd(piece[i]), _mm256_castsi256_pd(piece[i + half]), upper));
  }
  return piece[0];
}

// Four results as the low halves of four 64-bit numbers.
__m256i exp_of_four(__m256d x) {
  const __m256d rounding = _mm256_set1_pd(table::rounding);
  const __m256d scaled = _mm256_mul_pd(x, _mm256_set1_pd(table::steps_by_ln2));
  const __m256d shifted = _mm256_add_pd(scaled, rounding);
  const __m256i k = _mm256_castpd_si256(shifted);
  const __m256d r = _mm256_sub_pd(scaled, _mm256_sub_pd(shifted, rounding));
  const __m256i power = _mm256_add_epi64(power_of(k), _mm256_slli_epi64(k, 47));
  const __m256d upper = _mm256_add_pd(_mm256_mul_pd(_mm256_set1_pd(table::cubic), r), _mm256_set1_pd(table::square));
  const __m256d lower = _mm256_add_pd(_mm256_mul_pd(_mm256_set1_pd(table::linear), r), _mm256_set1_pd(1.0));
  const __m256d near_one = _mm256_add_pd(_mm256_mul_pd(upper, _mm256_mul_pd(r, r)), lower);
  const __m256d v = _mm256_mul_pd(near_one, _mm256_castsi256_pd(power));

  // As narrow() in floats.h: a result that is subnormal in float32 is rounded by an addition.
  const __m256d smallest = _mm256_set1_pd(0x1p-126);
  const __m256d tiny = _mm256_cmp_pd(v, smallest, _CMP_LT_OQ);
  const __m128 normal = _mm256_cvtpd_ps(_mm256_blendv_pd(v, smallest, tiny));
  const __m256d shift = _mm256_set1_pd(0x1.8p-97);
  const __m256i subnormal =
      _mm256_sub_epi64(_mm256_castpd_si256(_mm256_add_pd(_mm256_and_pd(v, tiny), shift)), _mm256_castpd_si256(shift));
  return choose(_mm256_castpd_si256(tiny), subnormal, _mm256_cvtepu32_epi64(_mm_castps_si128(normal)));
}

__m256i exp_of_eight(__m256i bits) {
  const __m256i magnitude = _mm256_and_si256(bits, all32(0x7fffffff));
  const __m256i negative = _mm256_srai_epi32(bits, 31);
  const __m256i nan = _mm256_cmpgt_epi32(magnitude, all32(0x7f800000));
  const __m256i infinite = _mm256_andnot_si256(negative, _mm256_cmpgt_epi32(magnitude, all32(table::overflow_above)));
  const __m256i zero = _mm256_and_si256(negative, _mm256_cmpgt_epi32(magnitude, all32(table::underflow_above)));
  const __m256i small = _mm256_cmpgt_epi32(all32(0x00800000), magnitude);
  const __m256i outside = _mm256_or_si256(_mm256_or_si256(infinite, zero), _mm256_or_si256(nan, small));

  const __m256 x = _mm256_castsi256_ps(_mm256_andnot_si256(outside, bits));
  const __m256i low = exp_of_four(_mm256_cvtps_pd(_mm256_castps256_ps128(x)));
  const __m256i high = exp_of_four(_mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)));
  const __m256i halves = _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), _MM_SHUFFLE(2, 0, 2, 0)));
  __m256i out = _mm256_permute4x64_epi64(halves, _MM_SHUFFLE(3, 1, 2, 0));

  for (const table::Exception& e : table::exceptions)
    out = choose(_mm256_cmpeq_epi32(bits, all32(e.x)), all32(e.result), out);
  out = _mm256_andnot_si256(zero, choose(infinite, all32(0x7f800000), out));
  return choose(nan, _mm256_or_si256(bits, all32(0x00400000)), out);
}
}  // namespace

void exp_avx2(float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 8) {
    auto* at = reinterpret_cast<__m256i*>(values + i);
    _mm256_storeu_si256(at, exp_of_eight(_mm256_loadu_si256(at)));
  }
}

}  // namespace glovebox::engine
#endif
