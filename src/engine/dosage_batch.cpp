#include "engine/dosage_batch.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

namespace glovebox::engine {
namespace {

const BatchKernels& kernels_of(Path path) {
#if defined(__x86_64__)
  if (path == Path::avx2) return batch_avx2;
#endif
  return batch_portable;
}

// A split as one number that sorts by kind, then by feature.
std::uint32_t key_of(std::uint32_t split) {
  return (right_codes_of(split) / 2 - 1) << 24 | feature_of(split);
}

class Compiler {
 public:
  Compiler(const Blocks& blocks, std::span<const std::uint32_t> slot_of_feature)
      : in_(blocks), slot_of_feature_(slot_of_feature) {}

  BatchProgram run(const model::Ensemble& ensemble) {
    out_.intercept = ensemble.intercept;
    for (const BlockTree& tree : in_.trees) add(tree);
    close();
    return std::move(out_);
  }

 private:
  void add(const BlockTree& tree) {
    if (tree.count == 0) {
      out_.blocks.push_back({.constant = true, .group = tree.group, .value = std::bit_cast<float>(tree.constant)});
      return;
    }
    out_.masks = std::max(out_.masks, tree.count);
    for (std::size_t b = 0; b < tree.count; ++b) {
      const Block& block = in_.blocks[tree.first + b];
      const std::size_t size = std::size_t{1} << block.depth;
      take(std::span(in_.splits).subspan(block.splits, size - 1));
      BatchBlock made{.depth = static_cast<std::uint8_t>(block.depth),
                      .into = tree.count == 1 ? Into::margin
                              : b == 0        ? Into::first
                                              : Into::more,
                      .ends_tree = tree.count > 1 && b + 1 == tree.count,
                      .group = tree.group,
                      .mask = static_cast<std::uint32_t>(b),
                      .splits = keys_.size() - (size - 1),
                      .leaves = out_.leaves.size(),
                      .exits = out_.exits.size()};
      const std::size_t width = std::max<std::size_t>(16, size);  // a byte shuffle looks up 16
      out_.leaves.resize(out_.leaves.size() + 4 * width);
      for (std::size_t j = 0; j < size; ++j) {
        const std::uint32_t leaf = in_.leaves[block.leaves + j];
        if (is_link(leaf)) {
          out_.exits.push_back({.leaf = static_cast<std::uint32_t>(j), .mask = block_of(leaf)});
          ++made.exits_count;
          continue;  // zeros: the block beyond puts the value there
        }
        for (unsigned byte = 0; byte < 4; ++byte)
          out_.leaves[made.leaves + byte * width + j] = static_cast<std::uint8_t>(leaf >> (8 * byte));
      }
      out_.blocks.push_back(made);
    }
  }

  // take puts a block's splits into the segment, or into a new one if they do not fit.
  void take(std::span<const std::uint32_t> splits) {
    if (distinct_.size() + splits.size() > segment_splits_max) close();
    for (const std::uint32_t split : splits) {
      // Where there is no split both sides are alike, and any plane does.
      keys_.push_back(split == 0 ? 0 : 1 + key_of(split));
      if (split != 0) distinct_.insert(key_of(split));
    }
  }

  void close() {
    Segment segment{.blocks_begin = blocks_done_, .blocks_end = out_.blocks.size()};
    std::vector<std::uint32_t> order(distinct_.begin(), distinct_.end());
    std::ranges::sort(order);
    for (unsigned kind = 0; kind <= split_kinds; ++kind)
      segment.begin[kind] =
          out_.features.size() +
          static_cast<std::size_t>(std::ranges::lower_bound(order, std::uint32_t{kind} << 24) - order.begin());
    for (const std::uint32_t key : order) {
      const std::uint32_t feature = key & 0x00ffffff;
      out_.features.push_back(feature);
      out_.slots.push_back(slot_of_feature_[feature]);
    }
    for (std::size_t i = out_.splits.size(); i < keys_.size(); ++i) {
      const auto at = keys_[i] == 0 ? 0 : std::ranges::lower_bound(order, keys_[i] - 1) - order.begin();
      out_.splits.push_back(static_cast<std::uint16_t>(4 * at));
    }
    out_.planes = std::max(out_.planes, order.size());
    out_.segments.push_back(segment);
    blocks_done_ = out_.blocks.size();
    distinct_.clear();
  }

  const Blocks& in_;
  std::span<const std::uint32_t> slot_of_feature_;
  BatchProgram out_;
  std::vector<std::uint32_t> keys_;  // of all splits so far: 0, or 1 + the key
  std::unordered_set<std::uint32_t> distinct_;
  std::size_t blocks_done_ = 0;
};

// Which rows leave a block by one of its leaves: those that went at each level as the leaf's number says.
void exit_mask(const BatchBlock& block, const Exit& exit, const BatchScratch& scratch) {
  std::uint64_t* out = scratch.masks + exit.mask * plane_words;
  for (std::size_t w = 0; w < plane_words; ++w) {
    std::uint64_t rows = block.into == Into::more ? scratch.masks[block.mask * plane_words + w] : ~std::uint64_t{0};
    for (unsigned k = 0; k < block.depth; ++k) {
      const std::uint64_t right = 0 - (std::uint64_t{exit.leaf} >> (block.depth - 1 - k) & 1);
      rows &= ~(scratch.selectors[k * plane_words + w] ^ right);
    }
    out[w] = rows;
  }
}
}  // namespace

BatchProgram batch_program(const model::Ensemble& ensemble, const Blocks& blocks,
                           std::span<const std::uint32_t> slot_of_feature) {
  return Compiler(blocks, slot_of_feature).run(ensemble);
}

void batch(const BatchProgram& program, Path path, const PlaneSource& source, const BatchScratch& scratch,
           std::size_t rows, float* margins) {
  const BatchKernels& kernels = kernels_of(path);
  const std::size_t groups = program.intercept.size();
  for (std::size_t g = 0; g < groups; ++g)
    std::fill_n(scratch.margins + g * batch_rows, batch_rows, program.intercept[g]);
  for (const Segment& segment : program.segments) {
    for (unsigned kind = 0; kind < split_kinds; ++kind) {
      const std::size_t begin = segment.begin[kind];
      kernels.planes(kind, source.features.data() + begin, segment.begin[kind + 1] - begin, source.lo, source.hi,
                     source.stride, scratch.planes + (begin - segment.begin[0]) * plane_words);
    }
    for (std::size_t b = segment.blocks_begin; b < segment.blocks_end; ++b) {
      const BatchBlock& block = program.blocks[b];
      float* sums = scratch.margins + block.group * batch_rows;
      if (block.constant) {
        for (std::size_t i = 0; i < batch_rows; ++i) sums[i] += block.value;
        continue;
      }
      kernels.block(block.depth, scratch.planes, program.splits.data() + block.splits,
                    program.leaves.data() + block.leaves, scratch.selectors, block.into,
                    scratch.masks + block.mask * plane_words, scratch.values, sums);
      for (std::size_t e = 0; e < block.exits_count; ++e) exit_mask(block, program.exits[block.exits + e], scratch);
      if (block.ends_tree) kernels.add(scratch.values, sums);
    }
  }
  for (std::size_t g = 0; g < groups; ++g)
    for (std::size_t i = 0; i < batch_rows; ++i) {
      const std::size_t row = kernels.lanes[i];
      if (row < rows) margins[row * groups + g] = scratch.margins[g * batch_rows + i];
    }
}

}  // namespace glovebox::engine
