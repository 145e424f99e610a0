// ensemble.h: a checked tree ensemble. Only `load` makes one, and it checks everything once: every child comes after
// its parent, every node but the root is reached by exactly one parent, features and categories are in range, leaves
// and weights are finite. Who holds an Ensemble relies on that and checks nothing again.
//
// A margin is intercept + sum of leaf x weight in tree order, in float32: XGBoost's order, so that the bits agree.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glovebox::model {

constexpr std::size_t features_max = std::size_t{1} << 22;
constexpr std::size_t groups_max = 1024;  // output values of one row
constexpr std::size_t trees_max = 200'000;
constexpr std::int32_t category_end = 16'777'216;  // categories are 0 to 2^24 - 1: exact in float32

// A split sends a value to `left` if it is below the threshold, or, in a categorical split, if its category is NOT
// among the split's categories; a missing value goes where `default_left` says. The right child is the node after the
// left.
struct Node {
  std::uint32_t left = 0;  // 0: this is a leaf (the root is nobody's child)
  std::uint32_t feature = 0;
  float value = 0;  // the leaf's value, or the threshold of a numerical split
  bool default_left = false;
  bool categorical = false;
  std::uint32_t categories_begin = 0;  // of Tree::categories, [begin, end), ascending
  std::uint32_t categories_end = 0;

  bool leaf() const { return left == 0; }
};

struct Tree {
  std::vector<Node> nodes;  // the root first, children after their parent, siblings side by side
  std::vector<std::int32_t> categories;
};

// Link is how a margin becomes what the model is said to predict.
enum class Link { identity, logistic, exponential, softmax, argmax, step };

struct Version {
  std::int64_t major = 0, minor = 0, patch = 0;
  auto operator<=>(const Version&) const = default;
};

struct Ensemble {
  Version version;        // of the XGBoost that wrote the file
  std::string objective;  // XGBoost's name, "binary:logistic"
  Link link = Link::identity;
  std::size_t features = 0;
  std::size_t groups = 1;        // margins of one row: classes or targets
  std::vector<float> intercept;  // one margin for each group
  std::vector<Tree> trees;
  std::vector<std::uint32_t> group;                  // of each tree
  std::vector<float> weight;                         // of each tree (DART); empty: all 1
  std::vector<std::string> feature_names;            // from the file; empty, or one for each feature
  std::vector<std::string> feature_types;            // "float", "int", "i", "c", "q"; empty, or one for each feature
  std::vector<std::vector<std::string>> categories;  // names by code (files from 3.1 on); empty, or one list each
  std::optional<std::int64_t> best_iteration;        // set where training stopped early; prediction uses all trees
  std::size_t iterations = 0;                        // boosting rounds

  // outputs is how many values `transform` writes: one for a class number, else one for each group.
  std::size_t outputs() const { return link == Link::argmax ? 1 : groups; }
  std::size_t nodes() const {
    std::size_t n = 0;
    for (const Tree& tree : trees) n += tree.nodes.size();
    return n;
  }
};

}  // namespace glovebox::model
