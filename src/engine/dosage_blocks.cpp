#include "engine/dosage_blocks.h"

#include <algorithm>
#include <array>

namespace glovebox::engine {
namespace {

// cost is roughly the instructions of the batch kernel for 256 rows.
constexpr float cost(unsigned depth) {
  const float size = static_cast<float>(1U << depth);
  return 200 + 5 * size + 8 * (5 * static_cast<float>(depth) + 12 * std::max(1.0F, size / 16) + 16);
}

// depths says for every split how deep a block that begins there is in the cheapest cut.
std::vector<std::uint8_t> depths(const DosageTree& tree) {
  std::vector<std::uint8_t> out(tree.size(), 0);
  // below[n][d]: what the blocks cost that begin d levels below n.
  std::vector<std::array<float, block_depth_max + 1>> below(tree.size());
  for (std::size_t n = tree.size(); n-- > 0;) {  // children come after their parent
    auto& here = below[n];
    here.fill(0);
    if (tree[n].is_leaf()) continue;
    const auto& left = below[tree[n].left];
    const auto& right = below[tree[n].left + 1];
    for (unsigned d = 1; d <= block_depth_max; ++d) {
      here[d] = left[d - 1] + right[d - 1];
      const float whole = cost(d) + here[d];
      if (d == 1 || whole < here[0]) {
        here[0] = whole;
        out[n] = static_cast<std::uint8_t>(d);
      }
    }
  }
  return out;
}

void cut(const DosageTree& tree, Blocks& out, BlockTree& into) {
  into.first = out.blocks.size();
  if (tree[0].is_leaf()) {
    into.constant = tree[0].leaf;
    return;
  }
  const auto depth_of = depths(tree);
  std::vector<std::uint32_t> roots{0};
  std::vector<std::uint32_t> level;
  std::vector<std::uint32_t> next;
  for (std::size_t b = 0; b < roots.size(); ++b) {
    const unsigned depth = depth_of[roots[b]];
    out.blocks.push_back({.depth = depth, .splits = out.splits.size(), .leaves = out.leaves.size()});
    level.assign(1, roots[b]);
    for (unsigned k = 0; k < depth; ++k) {
      next.clear();
      for (const std::uint32_t n : level) {
        const DosageNode& node = tree[n];
        out.splits.push_back(node.is_leaf() ? 0 : split_of(node.feature, node.right_codes));
        next.push_back(node.is_leaf() ? n : node.left);  // a leaf too early stands below itself, on both sides
        next.push_back(node.is_leaf() ? n : node.left + 1);
      }
      level.swap(next);
    }
    for (const std::uint32_t n : level) {
      if (!tree[n].is_leaf()) roots.push_back(n);
      out.leaves.push_back(tree[n].is_leaf() ? tree[n].leaf : link_to(static_cast<std::uint32_t>(roots.size() - 1)));
    }
  }
  into.count = roots.size();
}

}  // namespace

void add_tree(const DosageTree& tree, std::uint32_t group, Blocks& out) {
  BlockTree made{.group = group};
  cut(tree, out, made);
  out.trees.push_back(made);
}

Blocks blocks_of(const model::Ensemble& ensemble) {
  Blocks out;
  DosageTrees trees(ensemble);
  for (std::size_t t = 0; t < ensemble.trees.size(); ++t) add_tree(trees.tree(t), ensemble.group[t], out);
  return out;
}

}  // namespace glovebox::engine
