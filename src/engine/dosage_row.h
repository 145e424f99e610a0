// dosage_row.h: one row. With AVX2 32 blocks of trees go side by side, a byte each. At every level the split that a
// block has come to is chosen among all splits of the level by blends, its code is picked out of all the model's codes,
// packed four to a byte, by shuffles over the whole of them, and its four-bit table says which way. So every byte of
// the program and of the codes is read, in the same order, whatever the codes are.
//
// The portable way computes every split of every block instead, with the code's address known from the model.
#pragma once
#include "engine/dosage_blocks.h"
#include "engine/path.h"

namespace glovebox::engine {

constexpr std::size_t row_lanes = 32;     // blocks side by side
constexpr std::size_t bank_codes = 1024;  // of 256 bytes, which one byte can point into
constexpr std::size_t banks_max = 256;    // of one dictionary
constexpr std::size_t pack_codes = 128;   // codes packed at a time

// A dictionary is an order of codes: of all features as they are, or of some, gathered.
struct Dictionary {
  bool gathers = false;
  std::size_t first = 0;  // of RowProgram::gathered
  std::size_t count = 0;  // codes
  std::size_t banks() const { return (count + bank_codes - 1) / bank_codes; }
};

// 32 blocks of one depth (or of less, made up). A split of 32 blocks is two or three lines of 32 bytes: where its code
// is, a byte of the bank; then four bits of table (code 0 highest), two of place in that byte and, where two lines do,
// two of bank; then, in a third line, the bank. A leaf is four lines, a byte of the float32 each. Level by level the
// first lines of all splits lie side by side, then all second ones; so do those of the leaves: they are read in order.
struct RowPack {
  std::uint32_t depth = 0;
  std::uint32_t lines = 2;  // of a split: 2 up to four banks, else 3
  std::uint32_t dictionary = 0;
  std::size_t splits = 0;
  std::size_t leaves = 0;
};

// A tree's value lies among the results, or is a constant, or is found by following links through its blocks' results.
struct RowTree {
  std::uint32_t group = 0;
  std::uint32_t count = 0;  // blocks; 0: a constant
  std::uint32_t constant = 0;
  std::size_t first = 0;  // of places
};

struct RowProgram {
  std::vector<Dictionary> dictionaries;  // the first is shared, any other is one pack's own
  std::vector<std::uint32_t> gathered;   // features
  std::vector<RowPack> packs;
  std::vector<std::uint8_t> lines;
  std::vector<std::uint32_t> places;  // of each block of each tree, where in the results its leaf is
  std::vector<RowTree> trees;
  std::vector<float> intercept;
  std::size_t features = 0;
  std::size_t bytes_packed = 0;    // of the largest dictionary, whole banks
  std::size_t codes_gathered = 0;  // of the largest that gathers
};

RowProgram row_program(const model::Ensemble& ensemble, const Blocks& blocks);

struct RowScratch {
  std::uint8_t* gathered = nullptr;  // program.codes_gathered + pack_codes
  std::uint8_t* packed = nullptr;    // program.bytes_packed
  std::uint32_t* results = nullptr;  // row_lanes for each pack
};

// row writes the margins of one row of program.features codes. Only a code's low two bits count.
void row(const RowProgram& program, const Blocks& blocks, Path path, const std::uint8_t* codes,
         const RowScratch& scratch, float* margins);

// The AVX2 kernels. pack_codes_avx2 packs `count` codes, a multiple of pack_codes; evaluate_avx2 writes 32 leaves.
void pack_codes_avx2(const std::uint8_t* codes, std::size_t count, std::uint8_t* packed);
void evaluate_avx2(unsigned depth, unsigned lines, const std::uint8_t* splits, const std::uint8_t* leaves,
                   const std::uint8_t* packed, std::size_t banks, std::uint32_t* results);
// The lane of evaluate_avx2 whose leaf comes at place p of its results.
constexpr std::size_t lane_at(std::size_t p) {
  return 4 * (p / 8) + (p % 8 < 4 ? p % 8 : 12 + p % 8);
}

}  // namespace glovebox::engine
