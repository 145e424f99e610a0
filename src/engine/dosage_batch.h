// dosage_batch.h: many rows at once, bit-sliced. 256 rows are one plane of 256 bits; a split is a plane (which rows go
// right), a level of a tree is a choice among planes by the planes of the levels above it, and a leaf is picked by a
// byte shuffle (AVX2) or by masks. Splits that many trees share are computed once a segment.
//
// The work is a list of segments made from the model alone; nothing in it looks at a row.
#pragma once
#include "engine/dosage_blocks.h"
#include "engine/path.h"

namespace glovebox::engine {

constexpr std::size_t batch_rows = 256;               // of one pass
constexpr std::size_t plane_words = batch_rows / 64;  // 64-bit words of a plane
constexpr std::size_t plane_bytes = batch_rows / 8;
constexpr std::size_t segment_splits_max = 3072;  // different splits of one segment: 96 KiB of planes, for the L2
constexpr unsigned split_kinds = 7;               // sets of codes that go right, without code 0: {1}, {2}, {1, 2}...

// Into says what becomes of the leaves that a block has picked.
enum class Into : std::uint8_t {
  margin,  // the tree is this block alone: add them to the margins
  first,   // store them
  more,    // put them where the rows that come to this block have theirs
};

struct BatchBlock {
  std::uint8_t depth = 0;
  Into into = Into::margin;
  bool ends_tree = false;  // after it the picked values are added to the margins
  bool constant = false;   // no block at all: add `value` for every row
  std::uint32_t group = 0;
  std::uint32_t mask = 0;  // with Into::more: which plane says what rows come here
  float value = 0;
  std::size_t splits = 0;  // first of 2^depth - 1
  std::size_t leaves = 0;  // first of 4 * max(16, 2^depth) bytes: each byte of the float32 apart
  std::size_t exits = 0;   // first of `exits_count`
  std::uint32_t exits_count = 0;
};

// An exit is a leaf that leads to a later block of the tree.
struct Exit {
  std::uint32_t leaf = 0;
  std::uint32_t mask = 0;  // of that block
};

// A run of planes to compute: for kind k (right codes 2k + 2) the features [begin[k], begin[k + 1]).
struct Segment {
  std::size_t begin[split_kinds + 1] = {};
  std::size_t blocks_begin = 0;
  std::size_t blocks_end = 0;
};

struct BatchProgram {
  std::vector<std::uint32_t> features;  // of each plane of each segment
  std::vector<std::uint32_t> slots;     // the same as numbers among the used features
  std::vector<Segment> segments;
  std::vector<BatchBlock> blocks;
  std::vector<std::uint16_t> splits;  // planes of the segment, times 4 (an x86 address multiplies by 8, a plane has 32)
  std::vector<std::uint8_t> leaves;
  std::vector<Exit> exits;
  std::vector<float> intercept;
  std::size_t masks = 0;   // the most blocks of any tree
  std::size_t planes = 0;  // the most planes of any segment
};

// slot_of_feature has a number for each used feature.
BatchProgram batch_program(const model::Ensemble& ensemble, const Blocks& blocks,
                           std::span<const std::uint32_t> slot_of_feature);

// BatchScratch is what one thread needs beside its rows. All of it is aligned to 32 bytes.
struct BatchScratch {
  std::uint64_t* planes = nullptr;     // program.planes
  std::uint64_t* masks = nullptr;      // program.masks
  std::uint64_t* selectors = nullptr;  // block_depth_max: which way the rows went at each level
  std::uint32_t* values = nullptr;     // batch_rows
  float* margins = nullptr;            // batch_rows for each group
};

// Where the planes of 256 rows lie: those of feature f at lo + f * stride and hi + f * stride.
struct PlaneSource {
  const std::uint64_t* lo = nullptr;
  const std::uint64_t* hi = nullptr;
  std::size_t stride = 0;
  std::span<const std::uint32_t> features;  // program.features or program.slots
};

// batch evaluates 256 rows and writes the margins of the first `rows` of them, row by row.
void batch(const BatchProgram& program, Path path, const PlaneSource& source, const BatchScratch& scratch,
           std::size_t rows, float* margins);

// The kernels, one set for each Path. Values and margins lie in lanes: lane i is row `lanes[i]` of the 256.
struct BatchKernels {
  void (*planes)(unsigned kind, const std::uint32_t* features, std::size_t count, const std::uint64_t* lo,
                 const std::uint64_t* hi, std::size_t stride, std::uint64_t* out);
  // picks a leaf for every row, writes the selectors, and puts the leaves `into` values (or adds them to margins).
  void (*block)(unsigned depth, const std::uint64_t* planes, const std::uint16_t* splits, const std::uint8_t* leaves,
                std::uint64_t* selectors, Into into, const std::uint64_t* mask, std::uint32_t* values, float* margins);
  void (*add)(const std::uint32_t* values, float* margins);
  const std::uint8_t* lanes;
};
extern const BatchKernels batch_portable;
extern const BatchKernels batch_avx2;

}  // namespace glovebox::engine
