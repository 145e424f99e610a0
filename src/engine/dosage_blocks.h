// dosage_blocks.h: trees cut into blocks, complete binary trees of depth 1 to 8, which are what the kernels evaluate.
// A tree that fits is one block. Of a deeper or lopsided one, each block's leaves are values or links to further
// blocks.
//
// The cut is the cheapest one by the kernels' cost, found from the leaves upwards; a block of depth d costs more than
// 2^d of it and the worst cut (every split a block) costs so much for each split, so that all blocks together are
// linear in the model's nodes: a chain of a million splits becomes 250,000 blocks of depth 4, not a table of 2^1000000.
#pragma once
#include "engine/dosage_tree.h"

namespace glovebox::engine {

constexpr unsigned block_depth_max = 8;

// A leaf is a float32 as bits, or a link to another block of the same tree: those bits of a NaN that no leaf can have,
// since leaves and weights are finite.
constexpr std::uint32_t link_mark = 0xff800000;
constexpr bool is_link(std::uint32_t leaf) {
  return leaf > link_mark;
}
constexpr std::uint32_t link_to(std::uint32_t block) {
  return link_mark | block;
}
constexpr std::uint32_t block_of(std::uint32_t link) {
  return link & ~link_mark;
}

// A split is its feature (below 2^22) and, in the upper byte, the codes that go right. 0 is where there is no split.
constexpr std::uint32_t split_of(std::uint32_t feature, std::uint8_t right_codes) {
  return feature | std::uint32_t{right_codes} << 24;
}
constexpr std::uint32_t feature_of(std::uint32_t split) {
  return split & 0x00ffffff;
}
constexpr std::uint32_t right_codes_of(std::uint32_t split) {
  return split >> 24;
}

struct Block {
  std::uint32_t depth = 0;
  std::size_t splits = 0;  // first of 2^depth - 1: the root, then each level from left to right
  std::size_t leaves = 0;  // first of 2^depth, from left to right
};

struct BlockTree {
  std::size_t first = 0;  // of `blocks`; links count from here, and lead to later blocks
  std::size_t count = 0;  // 0: the tree is a constant
  std::uint32_t constant = 0;
  std::uint32_t group = 0;
};

struct Blocks {
  std::vector<BlockTree> trees;
  std::vector<Block> blocks;
  std::vector<std::uint32_t> splits;
  std::vector<std::uint32_t> leaves;
};

// add_tree cuts one tree.
void add_tree(const DosageTree& tree, std::uint32_t group, Blocks& out);

Blocks blocks_of(const model::Ensemble& ensemble);

}  // namespace glovebox::engine
