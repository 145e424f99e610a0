// The batch kernels with AVX2: a plane is one register. Compiled for AVX2 and entered only where best_path said so.
#if defined(__x86_64__)
#include <immintrin.h>

#include "engine/dosage_batch.h"

namespace glovebox::engine {
namespace {
using V = __m256i;
#define GLOVEBOX_INLINE [[gnu::always_inline]] inline

GLOVEBOX_INLINE V load(const void* at) {
  return _mm256_loadu_si256(static_cast<const V*>(at));
}
GLOVEBOX_INLINE void store(void* at, V v) {
  _mm256_storeu_si256(static_cast<V*>(at), v);
}

template <unsigned Kind>
GLOVEBOX_INLINE V right(V a, V b) {
  constexpr unsigned codes_right = 2 * Kind + 2;  // bit c: code c goes right; a code is a + 2 b
  if constexpr (codes_right == 0b0010) return _mm256_andnot_si256(b, a);
  if constexpr (codes_right == 0b0100) return _mm256_andnot_si256(a, b);
  if constexpr (codes_right == 0b0110) return _mm256_xor_si256(a, b);
  if constexpr (codes_right == 0b1000) return _mm256_and_si256(a, b);
  if constexpr (codes_right == 0b1010) return a;
  if constexpr (codes_right == 0b1100) return b;
  return _mm256_or_si256(a, b);
}

template <unsigned Kind>
void planes_of(const std::uint32_t* features, std::size_t count, const std::uint64_t* lo, const std::uint64_t* hi,
               std::size_t stride, std::uint64_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = features[i] * stride;
    store(out + plane_words * i, right<Kind>(load(lo + at), load(hi + at)));
  }
}

void planes(unsigned kind, const std::uint32_t* features, std::size_t count, const std::uint64_t* lo,
            const std::uint64_t* hi, std::size_t stride, std::uint64_t* out) {
  switch (kind) {
    case 0:
      return planes_of<0>(features, count, lo, hi, stride, out);
    case 1:
      return planes_of<1>(features, count, lo, hi, stride, out);
    case 2:
      return planes_of<2>(features, count, lo, hi, stride, out);
    case 3:
      return planes_of<3>(features, count, lo, hi, stride, out);
    case 4:
      return planes_of<4>(features, count, lo, hi, stride, out);
    case 5:
      return planes_of<5>(features, count, lo, hi, stride, out);
    default:
      return planes_of<6>(features, count, lo, hi, stride, out);
  }
}

// chosen is the one plane among 2^Levels that the selectors point to, the first of them between the halves.
template <unsigned Levels>
GLOVEBOX_INLINE V chosen(const std::uint64_t* planes, const std::uint16_t* splits, const V* selectors) {
  if constexpr (Levels == 0) {
    return load(planes + splits[0]);
  } else {
    const V l = chosen<Levels - 1>(planes, splits, selectors + 1);
    const V r = chosen<Levels - 1>(planes, splits + (1U << (Levels - 1)), selectors + 1);
    return _mm256_xor_si256(l, _mm256_and_si256(_mm256_xor_si256(l, r), selectors[0]));
  }
}

template <unsigned Depth, unsigned Level = 0>
GLOVEBOX_INLINE void select(const std::uint64_t* planes, const std::uint16_t* splits, V* selectors) {
  if constexpr (Level < Depth) {
    selectors[Level] = chosen<Level>(planes, splits + (1U << Level) - 1, selectors);
    select<Depth, Level + 1>(planes, splits, selectors);
  }
}

// One byte of 32 rows' leaves: 16 at a time by a shuffle, then among the shuffles by the upper levels.
template <unsigned Upper>
GLOVEBOX_INLINE V looked_up(const std::uint8_t* leaves, V low, const V* masks) {
  if constexpr (Upper == 0) {
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves))),
                               low);
  } else {
    const V l = looked_up<Upper - 1>(leaves, low, masks + 1);
    const V r = looked_up<Upper - 1>(leaves + (16U << (Upper - 1)), low, masks + 1);
    return _mm256_blendv_epi8(l, r, masks[0]);
  }
}

// The 32 bits of a word as 32 bytes, 0 or all ones.
GLOVEBOX_INLINE V bytes_of(std::uint32_t word) {
  const V where =
      _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
  const V bit = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
  const V x = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(word)), where);
  return _mm256_cmpeq_epi8(_mm256_and_si256(x, bit), bit);
}

GLOVEBOX_INLINE void add_to(float* sums, V leaves) {
  _mm256_storeu_ps(sums, _mm256_add_ps(_mm256_loadu_ps(sums), _mm256_castsi256_ps(leaves)));
}

template <unsigned Depth>
void block_of_depth(const std::uint64_t* planes, const std::uint16_t* splits, const std::uint8_t* leaves,
                    std::uint64_t* selectors, Into into, const std::uint64_t* mask, std::uint32_t* values,
                    float* margins) {
  constexpr unsigned upper = Depth > 4 ? Depth - 4 : 0;
  constexpr std::size_t width = Depth > 4 ? std::size_t{1} << Depth : 16;
  V way[Depth];
  select<Depth>(planes, splits, way);
  for (unsigned k = 0; k < Depth; ++k) store(selectors + plane_words * k, way[k]);
  const auto* words = reinterpret_cast<const std::uint32_t*>(selectors);
  const auto* mask_words = reinterpret_cast<const std::uint32_t*>(mask);
  for (unsigned c = 0; c < 8; ++c) {
    V masks[Depth];
    for (unsigned k = 0; k < Depth; ++k) masks[k] = bytes_of(words[8 * k + c]);
    V low = _mm256_setzero_si256();
    for (unsigned k = upper; k < Depth; ++k)
      low =
          _mm256_or_si256(low, _mm256_and_si256(masks[k], _mm256_set1_epi8(static_cast<char>(1U << (Depth - 1 - k)))));
    V bytes[4];
    for (unsigned b = 0; b < 4; ++b) bytes[b] = looked_up<upper>(leaves + b * width, low, masks);
    if (into == Into::more) {
      const V here = bytes_of(mask_words[c]);
      for (V& byte : bytes) byte = _mm256_and_si256(byte, here);
    }
    const V l01 = _mm256_unpacklo_epi8(bytes[0], bytes[1]);
    const V h01 = _mm256_unpackhi_epi8(bytes[0], bytes[1]);
    const V l23 = _mm256_unpacklo_epi8(bytes[2], bytes[3]);
    const V h23 = _mm256_unpackhi_epi8(bytes[2], bytes[3]);
    const V picked[4] = {_mm256_unpacklo_epi16(l01, l23), _mm256_unpackhi_epi16(l01, l23),
                         _mm256_unpacklo_epi16(h01, h23), _mm256_unpackhi_epi16(h01, h23)};
    for (unsigned q = 0; q < 4; ++q) {
      std::uint32_t* at = values + 32 * c + 8 * q;
      if (into == Into::margin) add_to(margins + 32 * c + 8 * q, picked[q]);
      if (into == Into::first) store(at, picked[q]);
      if (into == Into::more) store(at, _mm256_or_si256(load(at), picked[q]));
    }
  }
}

void block(unsigned depth, const std::uint64_t* planes, const std::uint16_t* splits, const std::uint8_t* leaves,
           std::uint64_t* selectors, Into into, const std::uint64_t* mask, std::uint32_t* values, float* margins) {
  switch (depth) {
    case 1:
      return block_of_depth<1>(planes, splits, leaves, selectors, into, mask, values, margins);
    case 2:
      return block_of_depth<2>(planes, splits, leaves, selectors, into, mask, values, margins);
    case 3:
      return block_of_depth<3>(planes, splits, leaves, selectors, into, mask, values, margins);
    case 4:
      return block_of_depth<4>(planes, splits, leaves, selectors, into, mask, values, margins);
    case 5:
      return block_of_depth<5>(planes, splits, leaves, selectors, into, mask, values, margins);
    case 6:
      return block_of_depth<6>(planes, splits, leaves, selectors, into, mask, values, margins);
    case 7:
      return block_of_depth<7>(planes, splits, leaves, selectors, into, mask, values, margins);
    default:
      return block_of_depth<8>(planes, splits, leaves, selectors, into, mask, values, margins);
  }
}

void add(const std::uint32_t* values, float* margins) {
  for (std::size_t i = 0; i < batch_rows; i += 8) add_to(margins + i, load(values + i));
}

// The unpacking above works within halves of 16 bytes: of 32 rows, the first 8 values are rows 0 to 3 and 16 to 19.
struct Lanes {
  std::uint8_t row[batch_rows];
};
constexpr Lanes unpacked = [] {
  Lanes out{};
  for (unsigned i = 0; i < batch_rows; ++i) {
    const unsigned q = i % 32 / 8;
    const unsigned j = i % 8;
    out.row[i] = static_cast<std::uint8_t>(i / 32 * 32 + 4 * q + (j < 4 ? j : 12 + j));
  }
  return out;
}();
}  // namespace

const BatchKernels batch_avx2{.planes = planes, .block = block, .add = add, .lanes = unpacked.row};

}  // namespace glovebox::engine
#endif
