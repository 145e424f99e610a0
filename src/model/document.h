// document.h: the fields of an XGBoost model file as they stand in it, read by one bounded SAX handler for JSON and
// UBJSON alike. Form only: which fields there are, of which type, each at most once. What they mean, and whether they
// agree with one another, is `load`'s part.
#pragma once
#include <bitset>

#include "base/bytes.h"

namespace glovebox::model {

constexpr std::size_t depth_max = 16;
constexpr std::size_t values_max = 64'000'000;
constexpr std::size_t text_max = 4096;  // one name or parameter

// At names every place of the format. A field not in this list is refused.
enum class At : std::uint8_t {
  document,
  version,
  learner,
  attributes,
  attribute,
  feature_names,
  feature_types,
  objective,
  objective_name,
  objective_param,
  objective_value,
  softmax_param,
  softmax_num_class,
  objective_array,
  objective_array_2,
  learner_model_param,
  base_score,
  num_class,
  num_feature,
  num_target,
  boost_from_average,
  booster,
  booster_name,
  dart_gbtree,
  dart_gbtree_name,
  booster_weight_drop,
  model,
  linear_weights,
  linear_rounds,
  model_param,
  num_trees,
  num_parallel_tree,
  size_leaf_vector,
  model_num_roots,
  model_num_feature,
  tree_info,
  iteration_indptr,
  model_weight_drop,
  cats,
  cats_enc,
  cats_offsets,
  cats_values,
  cats_type,
  cats_segments,
  cats_sorted,
  trees,
  tree_id,
  tree_param,
  tree_num_nodes,
  tree_num_deleted,
  tree_num_feature,
  tree_size_leaf_vector,
  tree_num_roots,
  left_children,
  right_children,
  parents,
  split_indices,
  split_conditions,
  default_left,
  split_type,
  categories,
  categories_nodes,
  categories_segments,
  categories_sizes,
  base_weights,
  leaf_weights,
  loss_changes,
  sum_hessian,
  leaf_child_counts,
  count
};
using Seen = std::bitset<static_cast<std::size_t>(At::count)>;

struct RawTree {
  std::vector<std::int32_t> left, right, feature, categories, categories_nodes, categories_segments, categories_sizes;
  std::vector<std::int32_t> default_left, split_type;
  std::vector<float> condition;
  std::size_t parents = 0;  // how many there are; nothing else of them is used
  std::int64_t id = -1;
  std::string num_nodes, num_deleted, size_leaf_vector;
  Seen seen;
};

struct RawCategories {  // of one feature
  std::vector<std::int32_t> offsets;
  std::vector<std::int64_t> values;
  bool text = false;
};

struct Document {
  std::vector<std::int64_t> version;
  std::string objective, softmax_num_class;
  std::string base_score, num_class, num_feature, num_target;
  std::string booster;
  std::string num_trees, num_parallel_tree;
  std::string best_iteration;
  std::vector<std::string> feature_names, feature_types;
  std::vector<std::int32_t> tree_info, iteration_indptr;
  std::vector<float> weight_drop;
  std::vector<RawCategories> categories;
  std::vector<RawTree> trees;
  Seen seen;  // of everything but the trees' fields

  bool has(At at) const { return seen[static_cast<std::size_t>(at)]; }
};

// read_document reads JSON (with bare NaN and Infinity, which XGBoost writes up to 3.0) or UBJSON.
Result<Document> read_document(View bytes, bool ubjson);

}  // namespace glovebox::model
