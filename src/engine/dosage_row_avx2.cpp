// One row with AVX2. A byte's top bit is what a blend looks at, so everything that decides is moved there.
#if defined(__x86_64__)
#include <immintrin.h>

#include "engine/dosage_row.h"

namespace glovebox::engine {
namespace {
using V = __m256i;
#define GLOVEBOX_INLINE [[gnu::always_inline]] inline

GLOVEBOX_INLINE V load(const std::uint8_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const V*>(at));
}
GLOVEBOX_INLINE V line(char byte) {
  return _mm256_set1_epi8(byte);
}

// chosen is one of 2^Levels lines as the ways taken so far say, the first of them between the halves.
template <unsigned Levels>
GLOVEBOX_INLINE V chosen(const std::uint8_t* lines, const V* ways) {
  if constexpr (Levels == 0) {
    return load(lines);
  } else {
    const V l = chosen<Levels - 1>(lines, ways + 1);
    const V r = chosen<Levels - 1>(lines + (row_lanes << (Levels - 1)), ways + 1);
    return _mm256_blendv_epi8(l, r, ways[0]);
  }
}

// A shuffle looks at four bits and gives 0 where the top one is set: of the four numbers made here, one byte for byte
// has it clear, the one that bits 4 and 5 name.
struct Quarter {
  V at[4];
  V bit6;
  V bit7;
};
GLOVEBOX_INLINE Quarter quarter_of(V place) {
  const V low = _mm256_and_si256(place, line(0x0f));
  const V which = _mm256_and_si256(place, line(0x30));
  Quarter out;
  for (unsigned q = 0; q < 4; ++q)
    out.at[q] = _mm256_or_si256(low, _mm256_andnot_si256(_mm256_cmpeq_epi8(which, line(static_cast<char>(q << 4))),
                                                         line(static_cast<char>(0x80))));
  out.bit6 = _mm256_slli_epi16(place, 1);
  out.bit7 = place;
  return out;
}

GLOVEBOX_INLINE V in_64(const std::uint8_t* bytes, const Quarter& place) {
  V out[4];
  for (unsigned q = 0; q < 4; ++q)
    out[q] = _mm256_shuffle_epi8(
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * q))), place.at[q]);
  return _mm256_or_si256(_mm256_or_si256(out[0], out[1]), _mm256_or_si256(out[2], out[3]));
}

GLOVEBOX_INLINE V in_bank(const std::uint8_t* bytes, const Quarter& place) {
  const V l = _mm256_blendv_epi8(in_64(bytes, place), in_64(bytes + 64, place), place.bit6);
  const V r = _mm256_blendv_epi8(in_64(bytes + 128, place), in_64(bytes + 192, place), place.bit6);
  return _mm256_blendv_epi8(l, r, place.bit7);
}

template <unsigned Level, unsigned Lines>
GLOVEBOX_INLINE V way(const std::uint8_t* splits, const V* ways, const std::uint8_t* packed, std::size_t banks) {
  constexpr std::size_t width = row_lanes << Level;
  const std::uint8_t* level = splits + (width - row_lanes) * Lines;
  const V place = chosen<Level>(level, ways);
  const V what = chosen<Level>(level + width, ways);
  const Quarter quarter = quarter_of(place);
  V four = in_bank(packed, quarter);
  if (banks > 1) {
    const V bank = Lines == 2 ? _mm256_and_si256(what, line(3)) : chosen<Level>(level + 2 * width, ways);
    for (std::size_t b = 1; b < banks; ++b)
      four = _mm256_blendv_epi8(four, in_bank(packed + 256 * b, quarter),
                                _mm256_cmpeq_epi8(bank, line(static_cast<char>(b))));
  }
  // Bits 3 and 2 of `what`: which of the four codes; it is moved to the top.
  const V two = _mm256_blendv_epi8(four, _mm256_slli_epi16(four, 4), _mm256_slli_epi16(what, 4));
  const V code = _mm256_blendv_epi8(two, _mm256_slli_epi16(two, 2), _mm256_slli_epi16(what, 5));
  // The table, code 0 at its top, moved up by the code: what falls in from the next byte never reaches the top bit.
  const V half = _mm256_blendv_epi8(what, _mm256_slli_epi16(what, 2), code);
  return _mm256_blendv_epi8(half, _mm256_slli_epi16(half, 1), _mm256_slli_epi16(code, 1));
}

template <unsigned Depth, unsigned Lines, unsigned Level = 0>
GLOVEBOX_INLINE void walk(const std::uint8_t* splits, V* ways, const std::uint8_t* packed, std::size_t banks) {
  if constexpr (Level < Depth) {
    ways[Level] = way<Level, Lines>(splits, ways, packed, banks);
    walk<Depth, Lines, Level + 1>(splits, ways, packed, banks);
  }
}

template <unsigned Depth, unsigned Lines>
void evaluate(const std::uint8_t* splits, const std::uint8_t* leaves, const std::uint8_t* packed, std::size_t banks,
              std::uint32_t* results) {
  V ways[Depth];
  walk<Depth, Lines>(splits, ways, packed, banks);
  V bytes[4];
#pragma GCC unroll 1
  for (unsigned b = 0; b < 4; ++b) bytes[b] = chosen<Depth>(leaves + b * (row_lanes << Depth), ways);
  const V l01 = _mm256_unpacklo_epi8(bytes[0], bytes[1]);
  const V h01 = _mm256_unpackhi_epi8(bytes[0], bytes[1]);
  const V l23 = _mm256_unpacklo_epi8(bytes[2], bytes[3]);
  const V h23 = _mm256_unpackhi_epi8(bytes[2], bytes[3]);
  auto* out = reinterpret_cast<V*>(results);
  _mm256_storeu_si256(out, _mm256_unpacklo_epi16(l01, l23));
  _mm256_storeu_si256(out + 1, _mm256_unpackhi_epi16(l01, l23));
  _mm256_storeu_si256(out + 2, _mm256_unpacklo_epi16(h01, h23));
  _mm256_storeu_si256(out + 3, _mm256_unpackhi_epi16(h01, h23));
}

template <unsigned Depth>
void evaluate_depth(unsigned lines, const std::uint8_t* splits, const std::uint8_t* leaves, const std::uint8_t* packed,
                    std::size_t banks, std::uint32_t* results) {
  if (lines == 2)
    evaluate<Depth, 2>(splits, leaves, packed, banks, results);
  else
    evaluate<Depth, 3>(splits, leaves, packed, banks, results);
}
}  // namespace

void pack_codes_avx2(const std::uint8_t* codes, std::size_t count, std::uint8_t* packed) {
  const V low = line(3);
  const V pairs = _mm256_set1_epi32(0x01041040);  // 64, 16, 4, 1
  const V ones = _mm256_set1_epi16(1);
  const V order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (std::size_t i = 0; i < count; i += pack_codes) {
    V sums[4];
    for (unsigned q = 0; q < 4; ++q)
      sums[q] = _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_and_si256(load(codes + i + 32 * q), low), pairs), ones);
    const V words = _mm256_packus_epi16(_mm256_packus_epi32(sums[0], sums[1]), _mm256_packus_epi32(sums[2], sums[3]));
    _mm256_storeu_si256(reinterpret_cast<V*>(packed + i / 4), _mm256_permutevar8x32_epi32(words, order));
  }
}

void evaluate_avx2(unsigned depth, unsigned lines, const std::uint8_t* splits, const std::uint8_t* leaves,
                   const std::uint8_t* packed, std::size_t banks, std::uint32_t* results) {
  switch (depth) {
    case 1:
      return evaluate_depth<1>(lines, splits, leaves, packed, banks, results);
    case 2:
      return evaluate_depth<2>(lines, splits, leaves, packed, banks, results);
    case 3:
      return evaluate_depth<3>(lines, splits, leaves, packed, banks, results);
    case 4:
      return evaluate_depth<4>(lines, splits, leaves, packed, banks, results);
    case 5:
      return evaluate_depth<5>(lines, splits, leaves, packed, banks, results);
    case 6:
      return evaluate_depth<6>(lines, splits, leaves, packed, banks, results);
    case 7:
      return evaluate_depth<7>(lines, splits, leaves, packed, banks, results);
    default:
      return evaluate_depth<8>(lines, splits, leaves, packed, banks, results);
  }
}

}  // namespace glovebox::engine
#endif
