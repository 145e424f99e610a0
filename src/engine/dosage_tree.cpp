#include "engine/dosage_tree.h"

#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "model/predict.h"

namespace glovebox::engine {
namespace {
constexpr std::uint8_t all_codes = 15;

// What is still to do: put the model's node `at` into the new tree's `slot`, or set what `feature` can still be.
struct Step {
  bool visits = false;
  std::uint32_t at = 0;    // node, or feature
  std::uint32_t slot = 0;  // node, or codes
};
}  // namespace

std::uint8_t right_codes_of(const model::Tree& tree, const model::Node& node) {
  constexpr std::array<float, code_count> values = {0.0F, 1.0F, 2.0F, std::numeric_limits<float>::quiet_NaN()};
  unsigned right = 0;
  for (unsigned code = 0; code < code_count; ++code)
    if (!goes_left(tree, node, values[code])) right |= 1U << code;
  return static_cast<std::uint8_t>(right);
}

DosageTrees::DosageTrees(const model::Ensemble& ensemble)
    : ensemble_(ensemble), possible_(ensemble.features, all_codes) {}

DosageTree DosageTrees::tree(std::size_t number) {
  const model::Tree& tree = ensemble_.trees[number];
  const auto leaf_bits = [&](float leaf) {
    // As in predict_margin: DART's leaf passes through a zeroed buffer, which turns -0 into 0.
    return std::bit_cast<std::uint32_t>(ensemble_.weight.empty() ? leaf : (0.0F + leaf) * ensemble_.weight[number]);
  };
  DosageTree out(1);
  std::vector<Step> steps{{.visits = true, .at = 0, .slot = 0}};
  while (!steps.empty()) {
    const Step step = steps.back();
    steps.pop_back();
    if (!step.visits) {
      possible_[step.at] = static_cast<std::uint8_t>(step.slot);
      continue;
    }
    std::uint32_t at = step.at;
    std::uint8_t right = 0;
    while (!tree.nodes[at].leaf()) {  // past what is decided
      const model::Node& node = tree.nodes[at];
      right = right_codes_of(tree, node);
      const unsigned can = possible_[node.feature];
      if ((can & right) != 0 && (can & ~right) != 0) break;
      at = node.left + ((can & right) != 0 ? 1U : 0U);
    }
    const model::Node& node = tree.nodes[at];
    if (node.leaf()) {
      out[step.slot].leaf = leaf_bits(node.value);
      continue;
    }
    std::uint32_t children[2] = {node.left, node.left + 1};
    if ((right & 1) != 0) {
      right ^= all_codes;
      std::swap(children[0], children[1]);
    }
    const auto left = static_cast<std::uint32_t>(out.size());
    DosageNode& made = out[step.slot];
    made.left = left;
    made.feature = node.feature;
    made.right_codes = right;
    out.resize(out.size() + 2);
    const unsigned can = possible_[node.feature];
    steps.push_back({.visits = false, .at = node.feature, .slot = can});  // last, after both sides
    steps.push_back({.visits = true, .at = children[1], .slot = left + 1});
    steps.push_back({.visits = false, .at = node.feature, .slot = can & right});
    steps.push_back({.visits = true, .at = children[0], .slot = left});
    steps.push_back({.visits = false, .at = node.feature, .slot = can & ~unsigned{right}});
  }
  return out;
}

}  // namespace glovebox::engine
