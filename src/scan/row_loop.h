// row_loop.h: the loop over a body's rows, which row_loop_avx512.cpp, row_loop_avx2.cpp and row_loop_portable.cpp
// compile each with its own `Bytes64`. Nothing of the standard library's is used here: a function of it compiled for
// AVX2 could be the one that the linker keeps for all.
//
// Why a row may be passed by. The reference does three things with a row: it parses it (parse_record), holds it to the
// order and to the chromosome's end (PersonRows::row), and notes what it says about sites (Matcher). Here a row passes
// only if each column has a form of which parse_record is known to accept every text, its call one of which read_call
// is, CHROM is the last row's and POS not before the last row's nor beyond the chromosome; and if no site's stretch
// (reach.h) meets what the row speaks of: POS to its END, its REF, and one beyond it where an ALT is longer. Matcher
// then notes nothing at any site; what it keeps beside sites are the chromosomes it has seen, which the contig's first
// row told it, and how far each kind of reach was noted, which without a site in between changes nothing later.
// Whatever is not one of these forms stops the loop.
#ifndef GLOVEBOX_SCAN_ROW_LOOP
#error "defines a loop; include it with GLOVEBOX_SCAN_ROW_LOOP set to its name, behind a Bytes64"
#endif
#include <string.h>

#include "scan/row_state.h"

namespace glovebox::scan {
namespace {

using Byte = std::uint8_t;

// A row's columns: CHROM to FORMAT end at tabs; the call is the sample's column.
struct Row {
  const Byte* begin;
  const Byte* tab[9];
  const Byte* call;
  const Byte* call_end;
};

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

// is_lone_snv reads a row, well formed and in order, as an SNV's at the lone site of the stretch at hand.
inline bool is_lone_snv(RowState& state, const Format& format, const Row& row, std::uint64_t position) {
  const auto* tab = row.tab;
  const Stretch& stretch = *state.stretch;
  if (stretch.lone == no_lone_site || stretch.first != position) return false;
  if (tab[3] - tab[2] != 2 || tab[4] - tab[3] != 2 || !bases.is[tab[3][1]]) return false;
  if (!format.has_gt || format.has_ft || state.compares_quality) return false;
  const bool passed = is_text(tab[5] + 1, tab[6], "PASS", 4) || is_text(tab[5] + 1, tab[6], ".", 1);
  const Byte* call = row.call;
  const auto size = static_cast<std::size_t>(row.call_end - call);
  if (!passed || size < 3 || (size > 3 && call[3] != ':') || (call[1] != '/' && call[1] != '|')) return false;
  const unsigned one = call[0] - unsigned{'0'}, other = call[2] - unsigned{'0'};
  if (one > 1 || other > 1) return false;
  state.snv = {.site = stretch.lone,
               .position = static_cast<std::uint32_t>(position),
               .ref = tab[2][1],
               .alt = tab[3][1],
               .copies = static_cast<Byte>(one + other)};
  return true;
}

// settle decides on a row whose columns are all well formed, but for END.
inline Stop settle(RowState& state, const Format& format, const Row& row, const Alts& alts, std::uint64_t position,
                   std::size_t ref) {
  if (position < state.position || position > state.position_max) return Stop::odd;
  const auto longest = static_cast<std::size_t>(row.tab[4] - row.tab[3] - 1);  // no ALT is longer than the column
  std::uint64_t last = position + ref - (longest <= ref ? 1 : 0);
  if (alts.count == 0 || alts.unseen) {
    std::uint64_t end = 0;
    if (format.has_len || !info_end(row.tab[6] + 1, row.tab[7], alts.count != 0, end)) return Stop::odd;
    if (end > last) last = end;
  }
  state.position = position;
  while (state.stretch != state.stretch_end && state.stretch->last < position) ++state.stretch;
  if (state.stretch == state.stretch_end || state.stretch->first > last) return Stop::none;
  return is_lone_snv(state, format, row, position) ? Stop::snv : Stop::touches;
}

// look decides on one row with the right number of columns.
inline Stop look(RowState& state, const Row& row) {
  const auto* tab = row.tab;
  const auto chrom = static_cast<std::size_t>(tab[0] - row.begin);
  if (chrom != state.contig_size || chrom == 0 || !same(row.begin, state.contig, chrom)) return Stop::odd;
  std::uint64_t position = 0;
  if (!whole(tab[0] + 1, tab[1], position)) return Stop::odd;
  if (tab[2] - tab[1] < 2 || tab[1][1] == ';' || tab[2][-1] == ';') return Stop::odd;
  if (!all_bases(tab[2] + 1, tab[3])) return Stop::odd;
  Alts alts;
  if (!read_alts(tab[3] + 1, tab[4], alts)) return Stop::odd;
  if (!is_quality(tab[4] + 1, tab[5])) return Stop::odd;
  if (!is_known_filter(state, tab[5] + 1, tab[6])) return Stop::odd;
  if (tab[7] - tab[6] < 2) return Stop::odd;
  const Format* format = known_format(state, tab[7] + 1, tab[8]);
  if (format == nullptr || !is_call(state, *format, row.call, row.call_end, alts.count)) return Stop::odd;
  return settle(state, *format, row, alts, position, static_cast<std::size_t>(tab[3] - tab[2] - 1));
}

inline void pass(RowState& state) {
  ++state.passed;
  state.passed_position = state.position;
}

// wide_row goes over a row's bytes itself: it counts the tabs that nobody asks for. False at a byte up to 0x20 that is
// neither a tab nor the line's end, and where the number of columns is wrong.
inline bool wide_row(const RowState& state, const Byte* begin, const Byte* end, Row& row) {
  const std::size_t wanted = 9 + state.sample;  // tabs before the call's end; the last call ends with the line
  std::size_t tabs = 0;
  row.begin = begin;
  row.call = row.call_end = nullptr;
  for (const Byte* at = begin; at < end; at += 64) {
    const Bytes64 bytes(at);
    const std::uint64_t inside = low_bits(static_cast<std::size_t>(end - at));
    std::uint64_t found = bytes.equal('\t') & inside;
    if ((bytes.up_to_blank() & inside) != found) return false;
    const auto count = static_cast<std::size_t>(__builtin_popcountll(found));
    if (tabs < 9 || (tabs <= wanted && wanted < tabs + count)) {
      for (; found != 0; found &= found - 1, ++tabs) {
        const Byte* tab = at + __builtin_ctzll(found);
        if (tabs < 9) row.tab[tabs] = tab;
        if (tabs + 1 == wanted) row.call = tab + 1;
        if (tabs == wanted) row.call_end = tab;
      }
    } else {
      if (tabs < wanted && wanted == tabs + count) {  // the call begins behind the last of these
        row.call = at + (64 - __builtin_clzll(found));
      }
      tabs += count;
    }
  }
  if (tabs + 1 != state.columns) return false;
  if (row.call_end == nullptr) row.call_end = end;
  return static_cast<std::size_t>(end - begin) < state.line_max;
}

// blank_row takes a row with blanks in its INFO, which some callers write.
inline bool blank_row(const RowState& state, const Byte* begin, const Byte* end, Row& row) {
  std::size_t tabs = 0;
  row.begin = begin;
  row.call = nullptr;
  row.call_end = end;
  for (const Byte* at = begin; at != end; ++at) {
    if (*at > 0x20 || (*at == ' ' && tabs == 7)) continue;
    if (*at != '\t') return false;
    if (tabs < 9) row.tab[tabs] = at;
    if (tabs == 8 + state.sample) row.call = at + 1;
    if (tabs == 9 + state.sample) row.call_end = at;
    ++tabs;
  }
  return tabs + 1 == state.columns && static_cast<std::size_t>(end - begin) < state.line_max;
}

// common_row decides on the row that files of one sample are made of: CHROM to FILTER lie in its first 64 bytes, FORMAT
// and the call in its last 64. False if it is another. `end` is its newline. It looks at these two stretches and, in
// between, only whether there is a byte up to 0x20.
inline bool common_row(RowState& state, const Byte* begin, const Byte* end, Stop& stop) {
  if (end[-1] == '\r') --end;
  const auto size = static_cast<std::size_t>(end - begin);
  if (size >= state.line_max) return false;
  const Bytes64 head(begin);
  const Byte* from = end - 64;
  const Bytes64 tail(from);
  const std::uint64_t in_head = low_bits(size);
  const std::uint64_t in_tail = size >= 64 ? ~std::uint64_t{0} : ~low_bits(64 - size);
  const std::uint64_t beside_head = size >= 128 ? ~std::uint64_t{0} : size <= 64 ? 0 : ~low_bits(128 - size);
  std::uint64_t tabs = head.equal('\t') & in_head;
  std::uint64_t last_tabs = tail.equal('\t') & in_tail;
  std::uint64_t others = ((head.up_to_blank() & in_head) ^ tabs) | ((tail.up_to_blank() & in_tail) ^ last_tabs);
  // In between: two times 64 bytes with or without need, since a loop's end that cannot be foretold costs more.
  const std::size_t between = size > 128 ? size - 128 : 0;
  others |= Bytes64(begin + 64).up_to_blank() & low_bits(between < 64 ? between : 64);
  others |= Bytes64(begin + 128).up_to_blank() & low_bits(between > 64 ? between - 64 : 0);
  for (const Byte* p = begin + 192; p < from; p += 64)
    others |= Bytes64(p).up_to_blank() & low_bits(static_cast<std::size_t>(from - p));
  if (others != 0 || count_of(tabs) < 7 || count_of(tabs) + count_of(last_tabs & beside_head) != 9) return false;

  // Nine tabs and no other white space: the first seven end CHROM to FILTER, the last two INFO and FORMAT.
  std::size_t at[7];
  for (std::size_t& tab : at) {
    tab = first_bit(tabs);
    tabs &= tabs - 1;
  }
  const auto column = [&](std::size_t i) { return bits(at[i - 1] + 1, at[i]); };
  if (at[0] != state.contig_size || !same(begin, state.contig, at[0])) return false;
  const std::uint64_t digits = head.digits();
  const std::size_t places = at[1] - at[0] - 1;
  if (places == 0 || places > 9 || (column(1) & ~digits) != 0) return false;
  const std::uint64_t position =
      places == 9 ? eight_digits(begin + at[1], 8) + (begin[at[0] + 1] - std::uint64_t{'0'}) * 100000000
                  : eight_digits(begin + at[1], places);
  if (at[2] - at[1] < 2 || begin[at[1] + 1] == ';' || begin[at[2] - 1] == ';') return false;
  const std::uint64_t letters = head.acgtn();
  const std::uint64_t ref = column(3), alt = column(4);
  if (ref == 0 || (ref & ~letters) != 0) return false;
  Alts alts = {.count = 1};
  if ((alt == 0 || (alt & ~letters) != 0) && !read_alts(begin + at[3] + 1, begin + at[4], alts)) return false;
  const std::uint64_t quality = column(5), strange = quality & ~digits;
  // Digits, of which one in between may be a point; or a point alone.
  if (quality == 0 || (strange & (strange - 1)) != 0) return false;
  if (strange != 0) {
    const bool inside = ((strange << 1) & quality) != 0 && ((strange >> 1) & quality) != 0;
    if (begin[first_bit(strange)] != '.' || (!inside && strange != quality)) return false;
  }
  if (!is_known_filter(state, begin + at[5] + 1, begin + at[6])) return false;

  if ((last_tabs & (last_tabs - 1)) == 0) return false;
  const auto last = static_cast<std::size_t>(63 - __builtin_clzll(last_tabs));
  last_tabs ^= std::uint64_t{1} << last;
  Row row;
  row.begin = begin;
  for (std::size_t i = 0; i < 7; ++i) row.tab[i] = begin + at[i];
  row.tab[7] = from + 63 - __builtin_clzll(last_tabs);
  row.call = from + last + 1;
  row.call_end = end;
  if (row.tab[7] - row.tab[6] < 2 || row.call == end) return false;
  const Format* format = known_format(state, row.tab[7] + 1, from + last);
  if (format == nullptr) return false;
  const std::size_t shift = last + 1;
  const bool is_common =
      !state.compares_quality &&
      is_common_call(*format, row.call, 64 - shift, tail.equal(':') >> shift, ~tail.digits() >> shift, alts.count);
  if (!is_common && !is_call(state, *format, row.call, end, alts.count)) return false;
  stop = settle(state, *format, row, alts, position, count_of(ref));
  return true;
}

// mark_more finds where lines end in the next bytes of the text; the ones found before are all used up.
inline void mark_more(RowState& state, const Byte* text, std::size_t size) {
  std::uint32_t* out = state.lines;
  const std::size_t to = size - state.marked < marked_at_once ? size : state.marked + marked_at_once;
  for (std::size_t at = state.marked; at < to; at += 64) {
    std::uint64_t newlines = Bytes64(text + at).equal('\n') & low_bits(to - at);
    // One is written whether there is one or not; where it is, a branch could not foretell.
    do {
      *out = static_cast<std::uint32_t>(at + first_bit(newlines | std::uint64_t{1} << 63));
      out += newlines != 0;
      newlines &= newlines - 1;
    } while (newlines != 0);
  }
  state.marked = to;
  state.next_line = 0;
  state.lines_size = static_cast<std::size_t>(out - state.lines);
}

}  // namespace

Stop GLOVEBOX_SCAN_ROW_LOOP(RowState& state, const std::uint8_t* text, std::size_t size, std::size_t& row_begin) {
  const bool knows = state.contig_size != 0 && state.formats_size != 0;
  const bool single = state.columns == 10;
  for (;;) {
    if (state.next_line == state.lines_size) {
      if (state.marked == size) return Stop::none;
      mark_more(state, text, size);
      continue;
    }
    const std::uint32_t newline_at = state.lines[state.next_line++];
    const Byte* begin = text + state.at;
    const Byte* newline = text + newline_at;
    row_begin = state.at;
    state.at = newline_at + std::size_t{1};
    Stop stop = Stop::odd;
    if (knows && !(single && common_row(state, begin, newline, stop))) {
      const Byte* end = newline != begin && newline[-1] == '\r' ? newline - 1 : newline;
      Row row;
      if (wide_row(state, begin, end, row) || blank_row(state, begin, end, row)) stop = look(state, row);
    }
    if (stop != Stop::none) return stop;
    pass(state);
  }
}

}  // namespace glovebox::scan
