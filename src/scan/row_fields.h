// row_fields.h: one column of a row, or one field of a call, held to a form of which parse_record is known to accept
// every text. A part of row_loop.h: it needs the Bytes64 before it, and is compiled once for each.
#ifndef GLOVEBOX_SCAN_ROW_LOOP
#error "a part of row_loop.h"
#endif
#include <string.h>

#include "scan/row_state.h"

namespace glovebox::scan {
namespace {

using Byte = std::uint8_t;

// low_bits are the first n bits, or all 64.
inline std::uint64_t low_bits(std::size_t n) {
#if defined(__BMI2__)
  return n >= 256 ? ~std::uint64_t{0} : __builtin_ia32_bzhi_di(~std::uint64_t{0}, n);
#else
  return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
#endif
}
// bits are those of [from, to), both at most 64.
inline std::uint64_t bits(std::size_t from, std::size_t to) {
#if defined(__BMI2__)
  return __builtin_ia32_bzhi_di(~std::uint64_t{0}, to) & ~__builtin_ia32_bzhi_di(~std::uint64_t{0}, from);
#else
  return low_bits(to) & ~low_bits(from);
#endif
}
inline std::size_t first_bit(std::uint64_t of) {
  return static_cast<std::size_t>(__builtin_ctzll(of));
}
inline std::size_t first_bit_or_64(std::uint64_t of) {
#if defined(__BMI__)
  return static_cast<std::size_t>(_tzcnt_u64(of));
#else
  return of == 0 ? 64 : first_bit(of);
#endif
}
inline std::size_t count_of(std::uint64_t of) {
  return static_cast<std::size_t>(__builtin_popcountll(of));
}

constexpr bool is_base(Byte c) {
  const Byte upper = c & 0xdf;
  if (c < 'A') return false;
  switch (upper) {
    case 'A':
    case 'B':
    case 'C':
    case 'D':
    case 'G':
    case 'H':
    case 'K':
    case 'M':
    case 'N':
    case 'R':
    case 'S':
    case 'T':
    case 'V':
    case 'W':
    case 'Y':
      return true;
    default:
      return false;
  }
}
struct BaseTable {
  bool is[256] = {};
  constexpr BaseTable() {
    for (unsigned c = 0; c < 256; ++c) is[c] = is_base(static_cast<Byte>(c)) && c < 128;
  }
};
constexpr BaseTable bases;

inline bool all_bases(const Byte* p, const Byte* end) {
  if (p == end) return false;
  for (; p != end; ++p)
    if (!bases.is[*p]) return false;
  return true;
}

// eight_digits reads the last `n` of the eight bytes before `end`, which are digits; n is from 1 to 8.
inline std::uint64_t eight_digits(const Byte* end, std::size_t n) {
  std::uint64_t word = 0;
  memcpy(&word, end - 8, 8);
  word = (word ^ 0x3030303030303030) & (~std::uint64_t{0} << (8 * (8 - n)));
  word = word * 10 + (word >> 8);
  word =
      ((word & 0x000000ff000000ff) * 0x000f424000000064 + ((word >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
      32;
  return word & 0xffffffff;
}

// whole reads a number of 1 to 12 digits.
inline bool whole(const Byte* p, const Byte* end, std::uint64_t& value) {
  const auto n = static_cast<std::size_t>(end - p);
  if (n == 0 || n > 12) return false;
  for (const Byte* c = p; c != end; ++c)
    if (*c < '0' || *c > '9') return false;
  value = n <= 8 ? eight_digits(end, n) : eight_digits(end - 8, n - 8) * 100000000 + eight_digits(end, 8);
  return true;
}

struct Alts {
  std::size_t count = 0;
  bool unseen = false;
};

inline bool is_text(const Byte* p, const Byte* end, const char* text, std::size_t size) {
  return static_cast<std::size_t>(end - p) == size && memcmp(p, text, size) == 0;
}

// read_alts takes bases, "*" and the alleles that are not seen.
inline bool read_alts(const Byte* p, const Byte* end, Alts& alts) {
  alts = {};
  if (end - p == 1) {
    alts.count = *p != '.';
    return *p == '.' || *p == '*' || bases.is[*p];
  }
  for (;;) {
    const Byte* stop = p;
    while (stop != end && *stop != ',') ++stop;
    if (++alts.count > alts_max || p == stop) return false;
    if (*p == '<') {
      if (!is_text(p, stop, "<NON_REF>", 9) && !is_text(p, stop, "<*>", 3) && !is_text(p, stop, "<X>", 3)) return false;
      alts.unseen = true;
    } else if (!(stop - p == 1 && *p == '*') && !all_bases(p, stop)) {
      return false;
    }
    if (stop == end) return true;
    p = stop + 1;
  }
}

inline bool is_quality(const Byte* p, const Byte* end) {
  const auto n = static_cast<std::size_t>(end - p);
  if (n == 1 && *p == '.') return true;
  if (n == 0 || n > 32) return false;
  const std::uint64_t all = low_bits(n);
  const Bytes64 text(p);
  const std::uint64_t digits = text.digits();
  const std::uint64_t points = text.equal('.') & all;
  return ((digits | points) & all) == all && (points & (points - 1)) == 0 && (digits & 1) != 0 &&
         (digits >> (n - 1) & 1) != 0;
}

// same compares up to 64 bytes; all 64 must be there on both sides.
inline bool same(const Byte* p, const Byte* padded, std::size_t n) {
  if (n <= 32) return (Bytes64::differ32(p, padded) & low_bits(n)) == 0;
  return (Bytes64(p).differ(padded) & low_bits(n)) == 0;
}

inline bool is_known_filter(const RowState& state, const Byte* p, const Byte* end) {
  const auto n = static_cast<std::size_t>(end - p);
  std::uint32_t word = 0;
  memcpy(&word, p, 4);
  if ((n == 4 && word == 0x53534150) || (n == 1 && *p == '.')) return true;  // PASS
  for (std::size_t i = 0; i < state.filters_size; ++i)
    if (state.filters[i].size == n && same(p, state.filters[i].text, n)) return true;
  return false;
}

inline const Format* known_format(RowState& state, const Byte* p, const Byte* end) {
  const auto n = static_cast<std::size_t>(end - p);
  const Format& last = state.formats[state.format];
  if (last.size == n && n != 0 && same(p, last.text, n)) return &last;
  for (std::size_t i = 0; i < state.formats_size; ++i)
    if (state.formats[i].size == n && same(p, state.formats[i].text, n)) {
      state.format = i;
      return &state.formats[i];
    }
  return nullptr;
}

// info_end finds END=number. False where there is something else to be read.
inline bool info_end(const Byte* p, const Byte* end, bool reads_svlen, std::uint64_t& position) {
  for (;;) {
    const auto left = static_cast<std::size_t>(end - p);
    const auto* found = static_cast<const Byte*>(memchr(p, ';', left));
    const Byte* stop = found != nullptr ? found : end;
    if (stop - p >= 4 && memcmp(p, "END=", 4) == 0) return whole(p + 4, stop, position);
    if (reads_svlen && stop - p >= 6 && memcmp(p, "SVLEN=", 6) == 0) return false;
    if (stop == end) return true;
    p = stop + 1;
  }
}

inline bool is_gt(const Byte* p, std::size_t n, std::size_t alts) {
  const std::size_t most = alts == 0 ? 1 : alts > 9 ? 9 : alts;
  const auto is_allele = [most](Byte c) { return static_cast<Byte>(c - '0') <= most || c == '.'; };
  if (n == 3) return is_allele(p[0]) && (p[1] == '/' || p[1] == '|') && is_allele(p[2]);
  return n == 1 && is_allele(p[0]);
}

// is_quality_field: a whole number, or none.
inline bool is_quality_field(const Byte* p, const Byte* end) {
  std::uint64_t value = 0;
  if (p == end || (end - p == 1 && *p == '.')) return true;
  return end - p <= 9 && whole(p, end, value);
}

// is_field holds one field of the sample's column to its FORMAT; `strange` says that it has a byte that a number has
// not.
inline bool is_field(const RowState& state, const Format& format, std::size_t field, const Byte* begin, const Byte* end,
                     bool strange, std::size_t alts) {
  if ((format.numbers >> field & 1) != 0)
    return !strange &&
           (!state.compares_quality || (format.qualities >> field & 1) == 0 || is_quality_field(begin, end));
  return field != 0 || !format.has_gt || is_gt(begin, static_cast<std::size_t>(end - begin), alts);
}

// is_call holds the sample's column to its FORMAT.
inline bool is_call(const RowState& state, const Format& format, const Byte* begin, const Byte* end, std::size_t alts) {
  std::size_t field = 0;
  for (const Byte* p = begin;; ++p) {
    if (p != end && *p != ':') continue;
    if (field >= format.fields) return false;
    bool strange = false;
    for (const Byte* c = begin; c != p; ++c) strange = strange || !((*c >= '0' && *c <= '9') || *c == '.' || *c == ',');
    if (!is_field(state, format, field, begin, p, strange, alts)) return false;
    if (p == end) return true;
    ++field;
    begin = p + 1;
  }
}

// is_common_call says that a call of `size` bytes, fewer than 64, is one: what is_call takes, but for missing numbers
// and those with a point or a comma. Byte 0 of the call is bit 0 of `colons` and `strange`, which are what is no digit.
inline bool is_common_call(const Format& format, const Byte* call, std::size_t size, std::uint64_t colons,
                           std::uint64_t strange, std::size_t alts) {
  if (count_of(colons) >= format.fields) return false;
  std::uint64_t ends = colons | std::uint64_t{1} << size;
  if (format.has_gt && !is_gt(call, first_bit(ends), alts)) return false;
  std::uint64_t in_numbers = 0;
  std::size_t begin = 0;
  for (std::uint64_t numbers = format.numbers; numbers != 0 && ends != 0; numbers >>= 1) {
    const std::size_t end = first_bit(ends);
    ends &= ends - 1;
    in_numbers |= bits(begin, end) & (0 - (numbers & 1));
    begin = end + 1;
  }
  return (in_numbers & strange) == 0;
}

// nth_bit is the place of the bit of which `number`, a single bit, is the number; 64 if there are not so many.
inline std::size_t nth_bit(std::uint64_t of, std::uint64_t number) {
#if defined(__BMI2__)
  return first_bit_or_64(_pdep_u64(number, of));
#else
  for (; number > 1; number >>= 1) of &= of - 1;
  return first_bit_or_64(of);
#endif
}

// usual_call says that a call of `size` bytes, fewer than 64, is a GT of two alleles, each 0 or 1, and other fields, of
// which those that must be numbers are whole. For a FORMAT that is usual. Byte 0 of the call is bit 0 of `colons` and
// `strange`, which are what is no digit.
inline bool usual_call(const Format& format, const Byte* call, std::uint64_t colons, std::uint64_t strange,
                       std::ptrdiff_t size) {
  const std::uint64_t ends = colons | std::uint64_t{1} << size;
  if (count_of(colons) >= format.fields || first_bit(ends) != 3) return false;
  std::uint32_t gt = 0;
  memcpy(&gt, call, 4);
  gt &= 0x00fefffe;
  if (gt != 0x00302f30 && gt != 0x00307c30) return false;  // 0/0, 0|0
  const std::size_t begin = nth_bit(ends, format.before_numbers) + 1, end = nth_bit(ends, format.last_number);
  return (bits(begin < 64 ? begin : 64, end) & strange & ~colons) == 0;
}

}  // namespace
}  // namespace glovebox::scan
