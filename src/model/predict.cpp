#include "model/predict.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace glovebox::model {
namespace {
void require(bool holds) {
  if (!holds) std::abort();
}

// The constants are XGBoost's: 88.7 keeps expf from overflowing, 1e-16 is lost in float32 and kept for the bits' sake.
float logistic(float x) {
  const float power = std::min(-x, 88.7F);
  const float denominator = std::exp(power) + 1.0F + 1e-16F;
  return 1.0F / denominator;
}

void softmax(std::span<const float> margins, std::span<float> out) {
  float most = margins[0];
  for (const float m : margins.subspan(1)) most = std::fmax(m, most);
  double sum = 0;
  for (std::size_t i = 0; i < margins.size(); ++i) {
    out[i] = std::exp(margins[i] - most);
    sum += static_cast<double>(out[i]);
  }
  for (float& v : out) v /= static_cast<float>(sum);
}
}  // namespace

// XGBoost's: a category outside 0 to 2^24 - 1 is among none of the split's, hence left.
bool goes_left(const Tree& tree, const Node& node, float value) {
  if (std::isnan(value)) return node.default_left;
  if (!node.categorical) return value < node.value;
  if (value < 0.0F || value >= static_cast<float>(category_end)) return true;
  const auto begin = tree.categories.begin() + node.categories_begin;
  const auto end = tree.categories.begin() + node.categories_end;
  return !std::binary_search(begin, end, static_cast<std::int32_t>(value));
}

std::size_t leaf_of(const Tree& tree, std::span<const float> features) {
  std::size_t at = 0;
  while (!tree.nodes[at].leaf()) {
    const Node& node = tree.nodes[at];
    at = node.left + (goes_left(tree, node, features[node.feature]) ? 0U : 1U);
  }
  return at;
}

void predict_margin(const Ensemble& ensemble, std::span<const float> features, std::span<float> out) {
  require(features.size() == ensemble.features && out.size() == ensemble.groups);
  std::ranges::copy(ensemble.intercept, out.begin());
  for (std::size_t t = 0; t < ensemble.trees.size(); ++t) {
    const Tree& tree = ensemble.trees[t];
    const float leaf = tree.nodes[leaf_of(tree, features)].value;
    float& sum = out[ensemble.group[t]];
    // DART's leaf passes through a zeroed buffer in XGBoost, which turns -0 into 0.
    sum += ensemble.weight.empty() ? leaf : (0.0F + leaf) * ensemble.weight[t];
  }
}

void transform(const Ensemble& ensemble, std::span<const float> margins, std::span<float> out) {
  require(margins.size() == ensemble.groups && out.size() == ensemble.outputs());
  switch (ensemble.link) {
    case Link::identity:
      std::ranges::copy(margins, out.begin());
      break;
    case Link::logistic:
      std::ranges::transform(margins, out.begin(), logistic);
      break;
    case Link::exponential:
      std::ranges::transform(margins, out.begin(), [](float m) { return std::exp(m); });
      break;
    case Link::softmax:
      softmax(margins, out);
      break;
    case Link::argmax:
      out[0] = static_cast<float>(std::ranges::max_element(margins) - margins.begin());
      break;
    case Link::step:
      std::ranges::transform(margins, out.begin(), [](float m) { return m > 0.0F ? 1.0F : 0.0F; });
      break;
  }
}

}  // namespace glovebox::model
