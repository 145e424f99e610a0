// The loop over rows with AVX2. This file alone is compiled for it (libraries.cmake), so it holds nothing but the loop.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

namespace glovebox::scan {
namespace {

// Bytes64 is 64 bytes; each answer has bit i set for byte i.
class Bytes64 {
 public:
  explicit Bytes64(const uint8_t* p)
      : low_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))),
        high_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32))) {}
  uint64_t equal(char c) const {
    const __m256i all = _mm256_set1_epi8(c);
    return bits(_mm256_cmpeq_epi8(low_, all), _mm256_cmpeq_epi8(high_, all));
  }
  uint64_t differ(const uint8_t* other) const {
    const Bytes64 with(other);
    return ~bits(_mm256_cmpeq_epi8(low_, with.low_), _mm256_cmpeq_epi8(high_, with.high_));
  }
  // differ32 compares the first half alone.
  static uint64_t differ32(const uint8_t* p, const uint8_t* other) {
    const auto load = [](const uint8_t* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); };
    return static_cast<uint32_t>(~_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p), load(other))));
  }
  uint64_t up_to_blank() const { return within(low_, high_, 0, 0x20); }
  uint64_t digits() const { return within(low_, high_, '0', 9); }
  // acgtn: A, C, G, T, N and their small letters.
  uint64_t acgtn() const {
    // By a letter's low four bits, the only letter of these that has them.
    const __m256i letters = _mm256_setr_epi8(-1, 'A', -1, 'C', 'T', -1, -1, 'G', -1, -1, -1, -1, -1, -1, 'N', -1,  //
                                             -1, 'A', -1, 'C', 'T', -1, -1, 'G', -1, -1, -1, -1, -1, -1, 'N', -1);
    const __m256i no_case = _mm256_set1_epi8(static_cast<char>(0xdf));
    const auto is = [&](__m256i v) {
      const __m256i large = _mm256_and_si256(v, no_case);
      return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(letters, large), large);
    };
    return bits(is(low_), is(high_));
  }

 private:
  static uint64_t bits(__m256i low, __m256i high) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
           uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(high))} << 32;
  }
  static uint64_t within(__m256i low, __m256i high, char first, char size) {
    const __m256i from = _mm256_set1_epi8(first), most = _mm256_set1_epi8(size);
    const auto in = [&](__m256i v) {
      const __m256i at = _mm256_sub_epi8(v, from);
      return _mm256_cmpeq_epi8(_mm256_min_epu8(at, most), at);
    };
    return bits(in(low), in(high));
  }
  __m256i low_, high_;
};

}  // namespace
}  // namespace glovebox::scan

#define GLOVEBOX_SCAN_ROW_LOOP row_loop_avx2
#include "scan/row_loop.h"
#endif
