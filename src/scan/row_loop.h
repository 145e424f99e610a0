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

#include "scan/row_fields.h"

namespace glovebox::scan {
namespace {

// A row's columns: CHROM to FORMAT end at tabs; the call is the sample's column.
struct Row {
  const Byte* begin;
  const Byte* tab[9];
  const Byte* call;
  const Byte* call_end;
};

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

// meets decides on a row, well formed and in order, that speaks of [position, last].
inline Stop meets(RowState& state, const Format& format, const Row& row, std::uint64_t position, std::uint64_t last) {
  while (state.stretch != state.stretch_end && state.stretch->last < position) ++state.stretch;
  if (state.stretch == state.stretch_end || state.stretch->first > last) return Stop::none;
  return is_lone_snv(state, format, row, position) ? Stop::snv : Stop::touches;
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
  return meets(state, format, row, position, last);
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
  const Byte* at = begin;
  for (; at < end && tabs <= wanted; at += 64) {
    const Bytes64 bytes(at);
    const std::uint64_t inside = low_bits(static_cast<std::size_t>(end - at));
    std::uint64_t found = bytes.equal('\t') & inside;
    if ((bytes.up_to_blank() & inside) != found) return false;
    if (tabs >= 9 && tabs + count_of(found) < wanted) {
      tabs += count_of(found);
      continue;
    }
    for (; found != 0; found &= found - 1, ++tabs) {
      const Byte* tab = at + first_bit(found);
      if (tabs < 9) row.tab[tabs] = tab;
      if (tabs + 1 == wanted) row.call = tab + 1;
      if (tabs == wanted) row.call_end = tab;
    }
  }
  for (; end - at >= 64; at += 64) {
    const Bytes64 bytes(at);
    const std::uint64_t found = bytes.equal('\t');
    if (bytes.up_to_blank() != found) return false;
    tabs += count_of(found);
  }
  if (at < end) {
    const Bytes64 bytes(at);
    const std::uint64_t inside = low_bits(static_cast<std::size_t>(end - at));
    const std::uint64_t found = bytes.equal('\t') & inside;
    if ((bytes.up_to_blank() & inside) != found) return false;
    tabs += count_of(found);
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

// usual_row decides on the row that most whole genomes are made of: it has 128 to 255 bytes, CHROM to FILTER are in its
// first 64 and FORMAT and the call in its last 64, with one ALT of the five usual bases, the last row's FORMAT and a
// call of two alleles and whole numbers. False, with nothing changed, if it is another: then common_row goes over it.
// `newline` is found where it is one; it lies before `limit`.
inline bool usual_row(RowState& state, const Byte* begin, const Byte* limit, const Byte*& newline, Stop& stop) {
  const Bytes64 head(begin), second(begin + 64), third(begin + 128), fourth(begin + 192);
  const std::uint64_t tabs = head.equal('\t');
  const std::uint64_t in_third = third.equal('\n'), in_fourth = fourth.equal('\n');
  if (head.up_to_blank() != tabs || (in_third | in_fourth) == 0) return false;
  // Without a branch on where it ends, which could not be foretold.
  const std::size_t till_third = first_bit_or_64(in_third);
  const std::size_t till_fourth = first_bit_or_64(in_fourth) & (0 - (till_third >> 6));
  const std::size_t size = 128 + till_third + till_fourth;
  const Byte* end = begin + size;
  if (end >= limit) return false;
  const Byte* from = end - 64;
  const Bytes64 tail(from);
  std::uint64_t last_tabs = tail.equal('\t');
  // Between the first and the last 64 bytes there is none up to 0x20, so the first newline found is the row's.
  const std::uint64_t between =
      (second.up_to_blank() & low_bits(size - 128)) | (third.up_to_blank() & low_bits(till_fourth));
  if ((between | (tail.up_to_blank() ^ last_tabs)) != 0) return false;

  // Tabs as single bits: seven in the first 64 bytes. What lies between two of them is their difference.
  const std::uint64_t tab1 = std::uint64_t{1} << state.contig_size;
  if ((head.differ(state.contig) & (2 * tab1 - 1)) != 0) return false;  // with its tab
  std::uint64_t left = tabs ^ tab1;
  const auto take = [&left] {
    const std::uint64_t bit = left & (0 - left);
    left ^= bit;
    return bit;
  };
  const std::uint64_t tab2 = take(), tab3 = take(), tab4 = take(), tab5 = take(), tab6 = take(), tab7 = take();
  if (tab7 == 0 || left != 0) return false;
  const std::uint64_t ref = tab4 - 2 * tab3, alt = tab5 - 2 * tab4, quality = tab6 - 2 * tab5;
  const std::uint64_t digits = head.digits();
  if ((((tab2 - 2 * tab1) & ~digits) | ((ref | alt) & ~head.acgtn())) != 0) return false;
  if (ref == 0 || alt == 0 || quality == 0) return false;
  const std::uint64_t point = quality & ~digits;
  if (point != 0) {  // one, with digits beside it
    if ((point & (point - 1)) != 0 || begin[first_bit(point)] != '.') return false;
    if (((point << 1) & quality) == 0 || ((point >> 1) & quality) == 0) return false;
  }
  const std::size_t at2 = first_bit(tab2), at3 = first_bit(tab3), at6 = first_bit(tab6), at7 = first_bit(tab7);
  const std::size_t places = at2 - state.contig_size - 1;
  if (places - 1 > 8) return false;
  const std::uint64_t position = places == 9
                                     ? eight_digits(begin + at2, 8) + (begin[at2 - 9] - std::uint64_t{'0'}) * 100000000
                                     : eight_digits(begin + at2, places);
  if (at3 - at2 < 2 || begin[at2 + 1] == ';' || begin[at3 - 1] == ';') return false;
  if (!is_known_filter(state, begin + at6 + 1, begin + at7)) return false;

  // Two tabs in the last 64 bytes.
  const std::uint64_t tab8 = last_tabs & (0 - last_tabs), tab9 = last_tabs ^ tab8;
  if (tab9 == 0 || (tab9 & (tab9 - 1)) != 0) return false;
  const std::size_t at8 = first_bit(tab8), at9 = first_bit(tab9);
  const Format& format = state.formats[state.format];
  const std::size_t format_size = at9 - at8 - 1;
  if (!format.is_usual || format_size != format.size || !same(from + at8 + 1, format.text, format_size)) return false;
  if (from + at8 == begin + at7 + 1) return false;  // no INFO
  const Byte* call = from + at9 + 1;
  if (call == end || !usual_call(format, call, tail.equal(':') >> at9 >> 1, ~tail.digits() >> at9 >> 1, end - call))
    return false;

  newline = end;
  if (position < state.position || position > state.position_max) {
    stop = Stop::odd;
    return true;
  }
  state.position = position;
  const std::uint64_t last = position + count_of(ref) - (count_of(alt) <= count_of(ref) ? 1 : 0);
  if (state.stretch == state.stretch_end || state.stretch->first > last) {
    stop = Stop::none;
    return true;
  }
  Row row;
  row.begin = begin;
  row.tab[2] = begin + at3;
  row.tab[3] = begin + first_bit(tab4);
  row.tab[4] = begin + first_bit(tab5);
  row.tab[5] = begin + at6;
  row.tab[6] = begin + at7;
  row.call = call;
  row.call_end = end;
  stop = meets(state, format, row, position, last);
  return true;
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

// find_newline is the end of the row at hand, or null.
inline const Byte* find_newline(RowState& state, const Byte* text, std::size_t size) {
  for (std::size_t at = state.searched > state.at ? state.searched : state.at; at < size; at += 64) {
    const std::uint64_t found = Bytes64(text + at).equal('\n') & low_bits(size - at);
    if (found != 0) return text + at + first_bit(found);
  }
  state.searched = size;
  return nullptr;
}

// foretold_newline is where a row of many samples would end that is as long as the one before it, give or take a few
// bytes; or null. It may be another row's end: wide_row finds that out, since no row has a line's end inside.
inline const Byte* foretold_newline(const RowState& state, const Byte* text, std::size_t size) {
  constexpr std::size_t about = 64;
  if (state.last_size < 4 * about) return nullptr;
  const std::size_t from = state.at + state.last_size - about;
  if (from < state.searched || from + 2 * about > size) return nullptr;
  for (const Byte* at = text + from; at != text + from + 2 * about; at += 64) {
    const std::uint64_t found = Bytes64(at).equal('\n');
    if (found != 0) return at + first_bit(found);
  }
  return nullptr;
}

// line_end is where a line's text ends.
inline const Byte* line_end(const Byte* begin, const Byte* newline) {
  return newline != begin && newline[-1] == '\r' ? newline - 1 : newline;
}

}  // namespace

Stop GLOVEBOX_SCAN_ROW_LOOP(RowState& state, const std::uint8_t* text, std::size_t size, std::size_t& row_begin) {
  const bool knows = state.contig_size != 0 && state.formats_size != 0;
  const bool single = state.columns == 10;
  const bool usual = knows && single && !state.compares_quality && state.line_max >= usual_row_max;
  for (;;) {
    const Byte* begin = text + state.at;
    row_begin = state.at;
    const Byte* newline = nullptr;
    Stop stop = Stop::odd;
    if (!usual || !usual_row(state, begin, text + size, newline, stop)) {
      Row row;
      if (knows && !single) newline = foretold_newline(state, text, size);
      const bool foretold = newline != nullptr && wide_row(state, begin, line_end(begin, newline), row);
      if (!foretold) newline = find_newline(state, text, size);
      if (newline == nullptr) return Stop::none;
      if (knows && !(single && common_row(state, begin, newline, stop))) {
        const Byte* end = line_end(begin, newline);
        if (foretold || wide_row(state, begin, end, row) || blank_row(state, begin, end, row)) stop = look(state, row);
      }
      state.last_size = static_cast<std::size_t>(newline - begin);
    }
    state.at = static_cast<std::size_t>(newline - text) + 1;
    if (stop != Stop::none) return stop;
    pass(state);
  }
}

}  // namespace glovebox::scan
