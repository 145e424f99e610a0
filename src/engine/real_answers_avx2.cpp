// The kernels of real_answers.h with AVX2. Compiled for AVX2 and entered only where best_path said so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "engine/real_answers.h"

namespace glovebox::engine {
namespace {
using V = __m256i;

V load(const void* at) {
  return _mm256_loadu_si256(static_cast<const V*>(at));
}
void store(void* at, V v) {
  _mm256_storeu_si256(static_cast<V*>(at), v);
}

// As order() and the choice for NaN in real_answers.cpp.
void keys(std::int32_t* bits, std::size_t count, std::int32_t missing) {
  for (std::size_t i = 0; i < count; i += 8) {
    const V v = load(bits + i);
    const V sign = _mm256_srai_epi32(v, 31);
    const V magnitude = _mm256_and_si256(v, _mm256_set1_epi32(0x7fffffff));
    const V nan = _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(0x7f800000));
    const V key = _mm256_sub_epi32(_mm256_xor_si256(magnitude, sign), sign);
    store(bits + i, _mm256_blendv_epi8(key, _mm256_set1_epi32(missing), nan));
  }
}

// Two thresholds at a time; of each eight words that take a bit a step, the last row's first.
void planes(const std::int32_t* keys, const std::int32_t* thresholds, std::size_t count, std::uint64_t* planes) {
  const V ones = _mm256_set1_epi32(-1);
  std::size_t t = 0;
  for (; t + 2 <= count; t += 2) {
    const V a = _mm256_set1_epi32(thresholds[t]);
    const V b = _mm256_set1_epi32(thresholds[t + 1]);
    V below_a = _mm256_setzero_si256();
    V below_b = below_a;
    for (int i = 31; i >= 0; --i) {
      const V key = load(keys + 8 * i);
      below_a = _mm256_sub_epi32(_mm256_add_epi32(below_a, below_a), _mm256_cmpgt_epi32(a, key));
      below_b = _mm256_sub_epi32(_mm256_add_epi32(below_b, below_b), _mm256_cmpgt_epi32(b, key));
    }
    store(planes + t * plane_words, _mm256_xor_si256(below_a, ones));
    store(planes + (t + 1) * plane_words, _mm256_xor_si256(below_b, ones));
  }
  for (; t < count; ++t) {
    const V a = _mm256_set1_epi32(thresholds[t]);
    V below = _mm256_setzero_si256();
    for (int i = 31; i >= 0; --i)
      below = _mm256_sub_epi32(_mm256_add_epi32(below, below), _mm256_cmpgt_epi32(a, load(keys + 8 * i)));
    store(planes + t * plane_words, _mm256_xor_si256(below, ones));
  }
}

void codes(std::int32_t key, const std::int32_t* thresholds, std::size_t count, std::uint8_t* codes) {
  const V value = _mm256_set1_epi32(key);
  std::size_t t = 0;
  for (; t + 8 <= count; t += 8) {
    const V below = _mm256_cmpgt_epi32(load(thresholds + t), value);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(below), _mm256_extracti128_si256(below, 1));
    const __m128i bytes = _mm_add_epi8(_mm_packs_epi16(words, words), _mm_set1_epi8(1));  // -1 to 0, 0 to 1
    _mm_storel_epi64(reinterpret_cast<__m128i*>(codes + t), bytes);
  }
  for (; t < count; ++t)
    codes[t] = static_cast<std::uint8_t>(
        1U ^
        static_cast<std::uint32_t>(static_cast<std::uint64_t>(std::int64_t{key} - std::int64_t{thresholds[t]}) >> 63));
}
}  // namespace

const RealKernels real_avx2{.keys = keys, .planes = planes, .codes = codes};

}  // namespace glovebox::engine
#endif
