// Rows to planes with AVX2: bits of eight rows into a byte first, which leaves an eighth to turn.
#if defined(__x86_64__)
#include <immintrin.h>

#include "engine/dosage_planes.h"

namespace glovebox::engine {
namespace {
using V = __m256i;

[[gnu::always_inline]] inline V code(const std::uint8_t* at) {
  return _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const V*>(at)), _mm256_set1_epi8(3));
}

// Four rows' codes in a byte, the first lowest. Bits that a shift carries over into a neighbour are none: codes have
// two.
[[gnu::always_inline]] inline V four(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                                     const std::uint8_t* d) {
  const V ab = _mm256_or_si256(code(a), _mm256_slli_epi16(code(b), 2));
  const V cd = _mm256_or_si256(code(c), _mm256_slli_epi16(code(d), 2));
  return _mm256_or_si256(ab, _mm256_slli_epi16(cd, 4));
}

void pack(const std::uint8_t* const* rows, const std::uint32_t* runs, std::size_t count, std::uint8_t* lo,
          std::uint8_t* hi) {
  const V even = _mm256_set1_epi8(0x55);
  const std::uint8_t* const r[8] = {rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7]};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = std::size_t{runs[i]} * run_features;
    const V a = four(r[0] + at, r[2] + at, r[4] + at, r[6] + at);
    const V b = four(r[1] + at, r[3] + at, r[5] + at, r[7] + at);
    const V low = _mm256_or_si256(_mm256_and_si256(a, even), _mm256_slli_epi16(_mm256_and_si256(b, even), 1));
    const V high = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(a, 1), even), _mm256_andnot_si256(even, b));
    _mm256_storeu_si256(reinterpret_cast<V*>(lo + i * run_features), low);
    _mm256_storeu_si256(reinterpret_cast<V*>(hi + i * run_features), high);
  }
}

// 16 features: line i in the lower half of a register, line i + 16 in the upper one; then a transpose within halves.
void turn_half(const std::uint8_t* lines, std::uint64_t* out) {
  V v[16];
  V w[16];
  for (unsigned i = 0; i < 16; ++i) {
    const auto* first = reinterpret_cast<const __m128i*>(lines + i * tile_step);
    const auto* second = reinterpret_cast<const __m128i*>(lines + (i + 16) * tile_step);
    v[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(first)), _mm_loadu_si128(second), 1);
  }
#pragma GCC unroll 4
  for (unsigned stage = 0; stage < 4; ++stage) {
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; ++i) {
      w[2 * i] = _mm256_unpacklo_epi8(v[i], v[i + 8]);
      w[2 * i + 1] = _mm256_unpackhi_epi8(v[i], v[i + 8]);
    }
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; ++i) v[i] = w[i];
  }
  for (unsigned i = 0; i < 16; ++i) _mm256_storeu_si256(reinterpret_cast<V*>(out + 8 * i), v[i]);
}

void turn(const std::uint8_t* lines, std::uint64_t* out) {
  turn_half(lines, out);
  turn_half(lines + 16, out + 16 * 8);
}
}  // namespace

const PlaneKernels planes_avx2{.pack = pack, .turn = turn};

}  // namespace glovebox::engine
#endif
