// row_state.h: what the loop over rows knows while it runs: of the file, of the contig that it is on, and of texts that
// it has seen the reference accept. Plain data, since the loop is compiled once for each instruction set (row_loop.h).
#pragma once
#include <cstddef>
#include <cstdint>

#include "scan/reach.h"

namespace glovebox::scan {

constexpr std::size_t known_texts = 8;      // FORMATs, and FILTERs, kept in mind
constexpr std::size_t text_room = 64;       // bytes of each
constexpr std::size_t contig_room = 64;     // bytes of a contig's name
constexpr std::size_t fields_room = 32;     // fields of a FORMAT
constexpr std::size_t alts_max = 65536;     // genome::alleles_max; beyond it the reference refuses
constexpr std::size_t usual_row_max = 256;  // bytes, with its newline
constexpr std::size_t padding = 256;        // bytes that may be read beyond a text's end, and before its beginning

// Format is a FORMAT that the reference has accepted. Bit i of a mask is its field i.
struct Format {
  alignas(32) std::uint8_t text[text_room] = {};
  std::uint32_t size = 0;
  std::uint32_t fields = 0;
  std::uint32_t numbers = 0;    // fields that must have the form of numbers
  std::uint32_t qualities = 0;  // fields that may be compared with a minimum
  bool has_gt = false;
  bool has_ft = false;
  bool has_len = false;
  // Usual is a FORMAT that begins with GT and whose `numbers` follow each other. Then these are the field before the
  // first of them, and the last, each as a single bit; GT both times if there are none.
  bool is_usual = false;
  std::uint32_t before_numbers = 0;
  std::uint32_t last_number = 0;
};

struct Filter {
  alignas(32) std::uint8_t text[text_room] = {};
  std::uint32_t size = 0;
};

// LoneSnv is what a row says that has one REF base and one ALT base, has passed, calls two alleles and lies at a lone
// site (reach.h).
struct LoneSnv {
  std::uint32_t site = 0;
  std::uint32_t position = 0;
  std::uint8_t ref = 0, alt = 0;
  std::uint8_t copies = 0;  // of ALT
};

struct RowState {
  // Of the file and the rules.
  std::size_t columns = 0;
  std::size_t sample = 0;    // its place among the samples
  std::size_t line_max = 0;  // bytes
  bool compares_quality = false;

  // The contig of the last row. Size 0: not known, so that every row stops the loop.
  alignas(32) std::uint8_t contig[contig_room] = {};
  std::size_t contig_size = 0;
  std::uint64_t position = 0;        // of the last row
  std::uint64_t position_max = 0;    // on this contig
  const Stretch* stretch = nullptr;  // the first one that does not end before the last row
  const Stretch* stretch_end = nullptr;

  Format formats[known_texts] = {};
  std::size_t formats_size = 0;
  std::size_t format = 0;  // of the last row
  Filter filters[known_texts] = {};
  std::size_t filters_size = 0;

  // Of the text: the row at hand begins at `at`; `passed` rows were passed by since the caller last set it to 0.
  std::size_t at = 0;
  std::uint64_t passed = 0;
  std::uint64_t passed_position = 0;  // of the last of them
  LoneSnv snv;                        // where the loop stopped at one
  std::size_t last_size = 0;          // bytes of the last row that was no usual one
  std::size_t searched = 0;           // there is no newline from `at` to there
};

// Instructions is how the loop is run: with the best that the machine has, or at most as said, which tests do.
enum class Instructions : std::uint8_t { best, avx2, portable };

// Stop is a row that is not passed by.
enum class Stop : std::uint8_t {
  none,     // no whole row is left
  snv,      // a lone SNV, well formed and in order
  touches,  // well formed and in order; a site is within its reach
  odd       // anything else: the reference has to look at it
};

// A loop goes over rows from state.at, in text[0, size), of which all bytes `padding` before and after may be read, and
// passes by every row of which it is certain that the reference would accept it and that it says nothing about any
// site. At any other row it stops: the row is text[row_begin, state.at), with its newline.
using RowLoop = Stop (*)(RowState& state, const std::uint8_t* text, std::size_t size, std::size_t& row_begin);
Stop row_loop_portable(RowState& state, const std::uint8_t* text, std::size_t size, std::size_t& row_begin);
#if defined(__x86_64__)
Stop row_loop_avx2(RowState& state, const std::uint8_t* text, std::size_t size, std::size_t& row_begin);
Stop row_loop_avx512(RowState& state, const std::uint8_t* text, std::size_t size, std::size_t& row_begin);
#endif

}  // namespace glovebox::scan
