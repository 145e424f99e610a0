// dosage_tree.h: a tree over dosage codes. A feature that can only be 0, 1, 2 or missing makes of every split,
// numerical or categorical, a table of four bits: which codes go right.
#pragma once
#include "model/ensemble.h"

namespace glovebox::engine {

// A code is a dosage, or 3 for missing.
constexpr unsigned code_count = 4;

struct DosageNode {
  std::uint32_t left = 0;  // 0: this is a leaf; the right child is the node after the left
  std::uint32_t feature = 0;
  std::uint8_t right_codes = 0;  // bit c: code c goes right; bit 0 is never set, so that a split has one spelling
  std::uint32_t leaf = 0;        // a leaf's float32, as bits, with the tree's weight in it

  bool is_leaf() const { return left == 0; }
};

// DosageTree has the root first and children after their parent.
using DosageTree = std::vector<DosageNode>;

// right_codes_of asks the reference where each code goes.
std::uint8_t right_codes_of(const model::Tree& tree, const model::Node& node);

// DosageTrees makes the trees of one ensemble, one after the other. A split that the splits above it have already
// decided is left out, with whatever no code can reach. Time and memory grow with the tree's nodes, whatever its shape.
class DosageTrees {
 public:
  explicit DosageTrees(const model::Ensemble& ensemble);
  DosageTree tree(std::size_t number);

 private:
  const model::Ensemble& ensemble_;
  std::vector<std::uint8_t> possible_;  // codes that a feature can still have, on the way down
};

}  // namespace glovebox::engine
