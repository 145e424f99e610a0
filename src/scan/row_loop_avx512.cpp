// The loop over rows with AVX-512, where one comparison answers for 64 bytes. This file alone is compiled for it
// (libraries.cmake), so it holds nothing but the loop.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

namespace glovebox::scan {
namespace {

// Bytes64 is 64 bytes; each answer has bit i set for byte i.
class Bytes64 {
 public:
  explicit Bytes64(const uint8_t* p) : bytes_(_mm512_loadu_si512(p)) {}
  uint64_t equal(char c) const { return _mm512_cmpeq_epi8_mask(bytes_, _mm512_set1_epi8(c)); }
  uint64_t differ(const uint8_t* other) const { return _mm512_cmpneq_epi8_mask(bytes_, _mm512_loadu_si512(other)); }
  // differ32 compares the first half alone.
  static uint64_t differ32(const uint8_t* p, const uint8_t* other) {
    const auto load = [](const uint8_t* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); };
    return _mm256_cmpneq_epi8_mask(load(p), load(other));
  }
  uint64_t up_to_blank() const { return _mm512_cmple_epu8_mask(bytes_, _mm512_set1_epi8(0x20)); }
  uint64_t digits() const {
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes_, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
  }
  // acgtn: A, C, G, T, N and their small letters.
  uint64_t acgtn() const {
    // By a letter's low four bits, the only letter of these that has them.
    const __m512i letters =
        _mm512_broadcast_i32x4(_mm_setr_epi8(-1, 'A', -1, 'C', 'T', -1, -1, 'G', -1, -1, -1, -1, -1, -1, 'N', -1));
    const __m512i large = _mm512_and_si512(bytes_, _mm512_set1_epi8(static_cast<char>(0xdf)));
    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(letters, large), large);
  }

 private:
  __m512i bytes_;
};

}  // namespace
}  // namespace glovebox::scan

#define GLOVEBOX_SCAN_ROW_LOOP row_loop_avx512
#include "scan/row_loop.h"
#endif
