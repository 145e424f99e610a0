// dosage_testing.h: ensembles of every shape that a checked ensemble can have, from a seed, and rows of codes.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "model/ensemble.h"

namespace glovebox::engine::testing {

using Random = std::mt19937_64;

inline float value_of(unsigned code) {
  return code == 3 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(code);
}

inline std::vector<std::uint8_t> random_codes(std::size_t count, Random& random) {
  std::vector<std::uint8_t> out(count);
  for (auto& code : out) code = static_cast<std::uint8_t>(random() % 4);
  return out;
}

inline std::vector<float> values_of(std::span<const std::uint8_t> codes) {
  std::vector<float> out;
  for (const std::uint8_t code : codes) out.push_back(value_of(code & 3));
  return out;
}

enum class Shape { complete, ragged, chain, leaf, mixed };

struct Plan {
  std::size_t features = 20;
  std::size_t groups = 1;
  std::size_t trees = 10;
  std::size_t depth = 6;
  Shape shape = Shape::ragged;
  bool dart = false;
};

inline std::string testing_name(const Plan& p) {
  return std::to_string(p.features) + " features, " + std::to_string(p.groups) + " groups, " + std::to_string(p.trees) +
         " trees of depth " + std::to_string(p.depth) + ", shape " + std::to_string(static_cast<int>(p.shape));
}

// Thresholds on, between and far outside the codes; categories in and out of range; leaves of every sign and size.
inline model::Node random_split(const Plan& plan, model::Tree& tree, Random& random) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  static const std::vector<float> thresholds = {0.5F, 1.5F,   1.0F,  2.0F,  -0.0F,    0.0F,      0.1F, 2.5F,
                                                1.2F, 1e-40F, -1.0F, 1e30F, infinity, -infinity, 0.5F, 1.5F};
  model::Node node;
  node.feature = static_cast<std::uint32_t>(random() % plan.features);
  node.default_left = random() % 2 != 0;
  node.categorical = random() % 4 == 0;
  if (!node.categorical) {
    node.value = thresholds[random() % thresholds.size()];
    return node;
  }
  node.categories_begin = static_cast<std::uint32_t>(tree.categories.size());
  for (const std::int32_t category : {0, 1, 2, 3, 40, model::category_end - 1})
    if (random() % 2 != 0) tree.categories.push_back(category);
  if (tree.categories.size() == node.categories_begin) tree.categories.push_back(7);
  node.categories_end = static_cast<std::uint32_t>(tree.categories.size());
  return node;
}

inline float random_leaf(Random& random) {
  static const std::vector<float> odd = {0.0F, -0.0F, 1e-42F, -1e-38F, 3e38F, -3e38F, 1.0F, 0.1F};
  if (random() % 16 == 0) return odd[random() % odd.size()];
  return std::uniform_real_distribution<float>(-1, 1)(random);
}

inline model::Tree random_tree(const Plan& plan, Random& random) {
  model::Tree tree;
  Shape shape = plan.shape;
  if (shape == Shape::mixed) shape = static_cast<Shape>(random() % 4);
  std::vector<std::size_t> level{0};
  tree.nodes.resize(1);
  for (std::size_t depth = 0; !level.empty(); ++depth) {
    std::vector<std::size_t> next;
    for (std::size_t i = 0; i < level.size(); ++i) {
      const std::size_t n = level[i];
      bool splits = depth < plan.depth && shape != Shape::leaf;
      if (shape == Shape::ragged && depth > 0) splits = splits && random() % 3 != 0;
      if (shape == Shape::chain && i != 0 && random() % 8 != 0) splits = false;
      if (!splits) {
        tree.nodes[n].value = random_leaf(random);
        continue;
      }
      model::Node node = random_split(plan, tree, random);
      if (shape == Shape::chain) {  // splits that nothing above decides, so that it stays deep
        node.categorical = false;
        node.feature = static_cast<std::uint32_t>((16 * depth + i) % plan.features);
        node.value = random() % 2 != 0 ? 0.5F : 1.5F;
      }
      node.left = static_cast<std::uint32_t>(tree.nodes.size());
      tree.nodes[n] = node;
      next.push_back(node.left);
      next.push_back(node.left + 1);
      tree.nodes.resize(tree.nodes.size() + 2);
    }
    if (shape == Shape::chain && next.size() > 16) next.resize(16);
    if (shape == Shape::chain) std::ranges::shuffle(next, random);
    level = next;
  }
  return tree;
}

inline model::Ensemble random_ensemble(const Plan& plan, Random& random) {
  model::Ensemble out;
  out.features = plan.features;
  out.groups = plan.groups;
  for (std::size_t g = 0; g < plan.groups; ++g) out.intercept.push_back(random_leaf(random));
  for (std::size_t t = 0; t < plan.trees; ++t) {
    out.trees.push_back(random_tree(plan, random));
    out.group.push_back(static_cast<std::uint32_t>(random() % plan.groups));
    if (plan.dart)
      out.weight.push_back(random() % 5 == 0 ? 0.0F : std::uniform_real_distribution<float>(-1, 2)(random));
  }
  return out;
}

}  // namespace glovebox::engine::testing
