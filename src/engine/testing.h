// testing.h: made ensembles and rows for the engine's tests: every kind of split, any shape, weights, groups.
#pragma once
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "model/ensemble.h"

namespace glovebox::test {

inline float random_float(std::mt19937& random) {
  return std::uniform_real_distribution<float>(-2, 2)(random);
}

// Splits grow at random leaves, or always at the newest one, so that trees are bushes or chains.
inline model::Tree random_tree(std::mt19937& random, std::size_t features, std::size_t splits) {
  model::Tree tree;
  tree.nodes.push_back({.value = random_float(random)});
  std::vector<std::uint32_t> leaves{0};
  const bool chain = random() % 4 == 0;
  for (std::size_t s = 0; s < splits; ++s) {
    const std::size_t pick = chain ? leaves.size() - 1 : random() % leaves.size();
    const std::uint32_t at = leaves[pick];
    model::Node& node = tree.nodes[at];
    node.left = static_cast<std::uint32_t>(tree.nodes.size());
    node.feature = static_cast<std::uint32_t>(random() % features);
    node.default_left = random() % 2 == 0;
    node.categorical = node.feature % 4 == 3;
    node.value = std::round(random_float(random) * 8) / 8;  // few, so that splits share them
    if (node.categorical) {
      node.value = 0;
      node.categories_begin = static_cast<std::uint32_t>(tree.categories.size());
      for (std::int32_t c = 0; c < 12; ++c)
        if (random() % 3 == 0) tree.categories.push_back(c);
      if (node.categories_begin == tree.categories.size()) tree.categories.push_back(5);
      node.categories_end = static_cast<std::uint32_t>(tree.categories.size());
    }
    leaves[pick] = node.left;
    leaves.push_back(node.left + 1);
    for (int side = 0; side < 2; ++side) tree.nodes.push_back({.value = random_float(random)});
  }
  return tree;
}

inline model::Ensemble random_ensemble(std::mt19937& random, std::size_t splits_max = 120) {
  model::Ensemble out;
  out.features = 1 + random() % 20;
  out.groups = 1 + random() % 3;
  const std::size_t trees = random() % 12;
  for (std::size_t g = 0; g < out.groups; ++g) out.intercept.push_back(random_float(random));
  for (std::size_t t = 0; t < trees; ++t) {
    out.trees.push_back(random_tree(random, out.features, random() % splits_max));
    out.group.push_back(static_cast<std::uint32_t>(random() % out.groups));
  }
  if (random() % 3 == 0)
    for (std::size_t t = 0; t < trees; ++t) out.weight.push_back(random_float(random));
  return out;
}

// Values of all kinds: at the thresholds and just beside them, categories, missing, infinite, the least and the
// greatest, zeros of both signs.
inline std::vector<float> random_rows(const model::Ensemble& ensemble, std::size_t rows, std::mt19937& random) {
  std::vector<std::vector<float>> interesting(ensemble.features);
  for (const model::Tree& tree : ensemble.trees)
    for (const model::Node& node : tree.nodes)
      if (!node.leaf() && !node.categorical)
        for (const float v : {node.value, std::nextafter(node.value, 1e30F), std::nextafter(node.value, -1e30F)})
          interesting[node.feature].push_back(v);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float odd[] = {0.0F,    -0.0F,         1e-45F,         -1e-45F,  1e-39F,
                           -1e-39F, 3.4028235e38F, -3.4028235e38F, infinity, -infinity};
  std::vector<float> out(rows * ensemble.features);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& at = interesting[i % ensemble.features];
    switch (random() % 8) {
      case 0:
        out[i] = std::numeric_limits<float>::quiet_NaN();
        break;
      case 1:
      case 2:
        out[i] = static_cast<float>(random() % 14) - 1;
        break;
      case 3:
        out[i] = random() % 2 == 0 ? random_float(random) * 10 : odd[random() % std::size(odd)];
        break;
      default:
        out[i] = at.empty() ? random_float(random) : at[random() % at.size()];
    }
  }
  return out;
}

}  // namespace glovebox::test
