#include "model/document.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/ensemble.h"

namespace glovebox::model {
namespace {
using json = nlohmann::json;

enum class Shape { object, objects, numbers, texts, scalar };
struct Field {
  At parent;
  std::string_view key;  // empty: any key
  At at;
  Shape shape;
};
constexpr auto fields = std::to_array<Field>({
    {At::document, "version", At::version, Shape::numbers},
    {At::document, "learner", At::learner, Shape::object},
    {At::learner, "attributes", At::attributes, Shape::object},
    {At::attributes, "", At::attribute, Shape::scalar},
    {At::learner, "feature_names", At::feature_names, Shape::texts},
    {At::learner, "feature_types", At::feature_types, Shape::texts},
    {At::learner, "objective", At::objective, Shape::object},
    {At::objective, "name", At::objective_name, Shape::scalar},
    // Parameters of training. They do not change what a margin means, so any of them is taken.
    {At::objective, "reg_loss_param", At::objective_param, Shape::object},
    {At::objective, "poisson_regression_param", At::objective_param, Shape::object},
    {At::objective, "tweedie_regression_param", At::objective_param, Shape::object},
    {At::objective, "lambda_rank_param", At::objective_param, Shape::object},
    {At::objective, "lambdarank_param", At::objective_param, Shape::object},
    {At::objective, "aft_loss_param", At::objective_param, Shape::object},
    {At::objective, "pseudo_huber_param", At::objective_param, Shape::object},
    {At::objective, "quantile_loss_param", At::objective_param, Shape::object},
    {At::objective, "expectile_loss_param", At::objective_param, Shape::object},
    {At::objective, "ti+", At::objective_array, Shape::numbers},
    {At::objective, "tj-", At::objective_array_2, Shape::numbers},
    {At::objective_param, "", At::objective_value, Shape::scalar},
    {At::objective, "softmax_multiclass_param", At::softmax_param, Shape::object},
    {At::softmax_param, "num_class", At::softmax_num_class, Shape::scalar},
    {At::learner, "learner_model_param", At::learner_model_param, Shape::object},
    {At::learner_model_param, "base_score", At::base_score, Shape::scalar},
    {At::learner_model_param, "num_class", At::num_class, Shape::scalar},
    {At::learner_model_param, "num_feature", At::num_feature, Shape::scalar},
    {At::learner_model_param, "num_target", At::num_target, Shape::scalar},
    {At::learner_model_param, "boost_from_average", At::boost_from_average, Shape::scalar},
    {At::learner, "gradient_booster", At::booster, Shape::object},
    {At::booster, "name", At::booster_name, Shape::scalar},
    {At::booster, "weight_drop", At::booster_weight_drop, Shape::numbers},  // DART up to 3.2, and 3.3
    {At::booster, "gbtree", At::dart_gbtree, Shape::object},                // DART up to 3.2
    {At::dart_gbtree, "name", At::dart_gbtree_name, Shape::scalar},
    {At::dart_gbtree, "model", At::model, Shape::object},
    {At::booster, "model", At::model, Shape::object},
    {At::model, "weights", At::linear_weights, Shape::numbers},  // gblinear, which is then refused by its name
    {At::model, "boosted_round", At::linear_rounds, Shape::scalar},
    {At::model, "weight_drop", At::model_weight_drop, Shape::numbers},  // DART from 3.4
    {At::model, "tree_info", At::tree_info, Shape::numbers},
    {At::model, "iteration_indptr", At::iteration_indptr, Shape::numbers},
    {At::model, "gbtree_model_param", At::model_param, Shape::object},
    {At::model_param, "num_trees", At::num_trees, Shape::scalar},
    {At::model_param, "num_parallel_tree", At::num_parallel_tree, Shape::scalar},
    {At::model_param, "size_leaf_vector", At::size_leaf_vector, Shape::scalar},
    {At::model_param, "deprecated_num_roots", At::model_num_roots, Shape::scalar},
    {At::model_param, "deprecated_num_feature", At::model_num_feature, Shape::scalar},
    {At::model, "cats", At::cats, Shape::object},
    {At::cats, "enc", At::cats_enc, Shape::objects},
    {At::cats_enc, "offsets", At::cats_offsets, Shape::numbers},
    {At::cats_enc, "values", At::cats_values, Shape::numbers},
    {At::cats_enc, "type", At::cats_type, Shape::scalar},
    {At::cats, "feature_segments", At::cats_segments, Shape::numbers},
    {At::cats, "sorted_idx", At::cats_sorted, Shape::numbers},
    {At::model, "trees", At::trees, Shape::objects},
    {At::trees, "id", At::tree_id, Shape::scalar},
    {At::trees, "tree_param", At::tree_param, Shape::object},
    {At::tree_param, "num_nodes", At::tree_num_nodes, Shape::scalar},
    {At::tree_param, "num_deleted", At::tree_num_deleted, Shape::scalar},
    {At::tree_param, "num_feature", At::tree_num_feature, Shape::scalar},
    {At::tree_param, "size_leaf_vector", At::tree_size_leaf_vector, Shape::scalar},
    {At::tree_param, "deprecated_num_roots", At::tree_num_roots, Shape::scalar},
    {At::trees, "left_children", At::left_children, Shape::numbers},
    {At::trees, "right_children", At::right_children, Shape::numbers},
    {At::trees, "parents", At::parents, Shape::numbers},
    {At::trees, "split_indices", At::split_indices, Shape::numbers},
    {At::trees, "split_conditions", At::split_conditions, Shape::numbers},
    {At::trees, "default_left", At::default_left, Shape::numbers},
    {At::trees, "split_type", At::split_type, Shape::numbers},
    {At::trees, "categories", At::categories, Shape::numbers},
    {At::trees, "categories_nodes", At::categories_nodes, Shape::numbers},
    {At::trees, "categories_segments", At::categories_segments, Shape::numbers},
    {At::trees, "categories_sizes", At::categories_sizes, Shape::numbers},
    {At::trees, "base_weights", At::base_weights, Shape::numbers},
    {At::trees, "leaf_weights", At::leaf_weights, Shape::numbers},  // vector leaves, refused by size_leaf_vector
    {At::trees, "loss_changes", At::loss_changes, Shape::numbers},
    {At::trees, "sum_hessian", At::sum_hessian, Shape::numbers},
    {At::trees, "leaf_child_counts", At::leaf_child_counts, Shape::numbers},  // up to 1.2
});

const Field* field_of(At parent, std::string_view key) {
  for (const Field& f : fields)
    if (f.parent == parent && (f.key.empty() || f.key == key)) return &f;
  return nullptr;
}

float narrow(double v) {
  constexpr double most = std::numeric_limits<float>::max();
  if (v > most) return std::numeric_limits<float>::infinity();
  if (v < -most) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(v);
}

// Sax receives the events of nlohmann's parsers, which recurse or loop no deeper than start_* allows.
class Sax {
 public:
  explicit Sax(std::size_t bytes) : bytes_(bytes) {}

  Result<Document> take(bool parsed) {
    if (!status_) return std::unexpected(status_.error());
    if (!parsed || !stack_.empty()) return fail(Reject::model_malformed, "incomplete JSON", "an XGBoost model");
    return std::move(out_);
  }
  void refuse(Reject reason, std::string found = {}, std::string expected = {}) {
    if (status_) status_ = fail(reason, std::move(found), std::move(expected));
  }

  bool null() { return scalar_refused("null"); }
  bool boolean(bool v) { return integer(v ? 1 : 0); }
  bool number_integer(std::int64_t v) { return integer(v); }
  bool number_unsigned(std::uint64_t v) {
    if (v > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return scalar_refused("an integer beyond 63 bits");
    return integer(static_cast<std::int64_t>(v));
  }
  // JSON hands over the decimal too: straight to float32, as XGBoost reads it, and not by way of a double.
  bool number_float(double v, const std::string& decimal) {
    float f = narrow(v);
    float exact = 0;
    const auto [end, error] = std::from_chars(decimal.data(), decimal.data() + decimal.size(), exact);
    if (error == std::errc() && end == decimal.data() + decimal.size() && !decimal.empty()) f = exact;
    if (const std::optional<At> at = scalar_at()) {
      if (*at != At::base_score) return scalar_refused("a fraction");
      std::array<char, 64> text{};
      const auto done = std::to_chars(text.data(), text.data() + text.size(), f);
      return scalar(*at, {text.data(), done.ptr});
    }
    return number(f, std::nullopt);
  }
  bool string(std::string& v) {
    if (v.size() > text_max) return refused(Reject::too_large, "a text of " + std::to_string(v.size()) + " bytes");
    if (const std::optional<At> at = scalar_at()) return scalar(*at, v);
    if (stack_.empty() || !stack_.back().array) return scalar_refused("a text");
    if (stack_.back().shape == Shape::texts) {
      if (!counted()) return false;
      auto& list = stack_.back().at == At::feature_names ? out_.feature_names : out_.feature_types;
      if (list.size() >= features_max) return refused(Reject::too_large, "too many feature names");
      list.push_back(std::move(v));
      return true;
    }
    // What `quoted` made of XGBoost's bare words.
    if (v == "NaN") return number(std::numeric_limits<float>::quiet_NaN(), std::nullopt);
    if (v == "Infinity") return number(std::numeric_limits<float>::infinity(), std::nullopt);
    if (v == "-Infinity") return number(-std::numeric_limits<float>::infinity(), std::nullopt);
    return scalar_refused("a text among numbers");
  }
  bool binary(json::binary_t&) { return scalar_refused("binary data"); }

  bool start_object(std::size_t declared) {
    if (!may_open(declared)) return false;
    if (stack_.empty()) {
      stack_.push_back({At::document, Shape::object, false, {}});
      return true;
    }
    Frame& top = stack_.back();
    if (top.array) {
      if (top.shape != Shape::objects) return scalar_refused("an object among values");
      if (top.at == At::trees) {
        if (out_.trees.size() >= trees_max) return refused(Reject::too_large, "too many trees");
        out_.trees.emplace_back();
      } else {
        if (out_.categories.size() >= features_max) return refused(Reject::too_large, "too many features");
        out_.categories.emplace_back();
      }
      stack_.push_back({top.at, Shape::object, false, {}});
      return true;
    }
    if (!expects(Shape::object)) return scalar_refused("an object");
    stack_.push_back({pending_->at, Shape::object, false, {}});
    pending_ = nullptr;
    return true;
  }
  bool start_array(std::size_t declared) {
    if (!may_open(declared)) return false;
    if (stack_.empty() || stack_.back().array || pending_ == nullptr || pending_->shape == Shape::object ||
        pending_->shape == Shape::scalar)
      return scalar_refused("an array");
    stack_.push_back({pending_->at, pending_->shape, true, {}});
    pending_ = nullptr;
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& k) {
    Frame& top = stack_.back();  // a key only comes inside an object
    key_ = k.substr(0, 64);
    pending_ = field_of(top.at, k);
    if (pending_ == nullptr)
      return refused(Reject::model_field_unknown, "a field \"" + key_ + "\"", "a field of XGBoost 1.0 to 3.4");
    if (pending_->key.empty()) return true;
    const auto bit = static_cast<std::size_t>(pending_->at);
    if (top.seen[bit]) return refused(Reject::model_malformed, "the field \"" + key_ + "\" twice");
    top.seen.set(bit);
    if (in_tree()) {
      out_.trees.back().seen.set(bit);
    } else if (pending_->parent != At::cats_enc) {
      if (out_.seen[bit]) return refused(Reject::model_malformed, "the field \"" + key_ + "\" twice");
      out_.seen.set(bit);
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    return refused(Reject::model_malformed, "byte " + std::to_string(position) + " does not fit", "JSON or UBJSON");
  }

 private:
  struct Frame {
    At at;
    Shape shape;
    bool array;
    Seen seen;
  };

  bool refused(Reject reason, std::string found, std::string expected = {}) {
    refuse(reason, std::move(found), std::move(expected));
    return false;
  }
  bool scalar_refused(std::string_view what) {
    return refused(Reject::model_malformed, std::string(what) + " at \"" + key_ + "\"", "an XGBoost model");
  }
  bool counted() {
    if (++values_ <= values_max) return true;
    return refused(Reject::too_large, "more than " + std::to_string(values_max) + " values");
  }
  // Every value takes a byte at least, so a count that the file cannot hold is refused before anything is allocated.
  bool may_open(std::size_t declared) {
    if (stack_.size() >= depth_max)
      return refused(Reject::too_deep, "more than " + std::to_string(depth_max) + " levels");
    if (declared != static_cast<std::size_t>(-1) && declared > bytes_)
      return refused(Reject::too_large, std::to_string(declared) + " values declared",
                     "at most the file's " + std::to_string(bytes_) + " bytes");
    return true;
  }
  bool expects(Shape shape) const { return pending_ != nullptr && pending_->shape == shape; }
  bool in_tree() const {
    for (const Frame& f : stack_)
      if (f.at == At::trees && !f.array) return true;
    return false;
  }
  std::optional<At> scalar_at() const {
    if (stack_.empty() || stack_.back().array || !expects(Shape::scalar)) return std::nullopt;
    return pending_->at;
  }
  bool close() {
    stack_.pop_back();
    pending_ = nullptr;
    return true;
  }

  bool integer(std::int64_t v) {
    if (const std::optional<At> at = scalar_at()) {
      if (*at == At::tree_id) out_.trees.back().id = v;
      return scalar(*at, std::to_string(v));
    }
    return number(static_cast<float>(v), v);
  }

  bool scalar(At at, std::string text) {
    if (!counted()) return false;
    switch (at) {
      case At::objective_name:
        out_.objective = std::move(text);
        break;
      case At::softmax_num_class:
        out_.softmax_num_class = std::move(text);
        break;
      case At::base_score:
        out_.base_score = std::move(text);
        break;
      case At::num_class:
        out_.num_class = std::move(text);
        break;
      case At::num_feature:
        out_.num_feature = std::move(text);
        break;
      case At::num_target:
        out_.num_target = std::move(text);
        break;
      case At::booster_name:
        out_.booster = std::move(text);
        break;
      case At::num_trees:
        out_.num_trees = std::move(text);
        break;
      case At::num_parallel_tree:
        out_.num_parallel_tree = std::move(text);
        break;
      case At::attribute:
        if (key_ == "best_iteration") out_.best_iteration = std::move(text);
        break;
      case At::tree_num_nodes:
        out_.trees.back().num_nodes = std::move(text);
        break;
      case At::tree_num_deleted:
        out_.trees.back().num_deleted = std::move(text);
        break;
      case At::tree_size_leaf_vector:
        out_.trees.back().size_leaf_vector = std::move(text);
        break;
      default:
        break;  // known, and without a meaning for prediction
    }
    pending_ = nullptr;
    return true;
  }

  // number takes an element of an array; `whole` where it is an integer.
  bool number(float value, std::optional<std::int64_t> whole) {
    if (stack_.empty() || !stack_.back().array || stack_.back().shape != Shape::numbers)
      return scalar_refused("a number");
    if (!counted()) return false;
    const At at = stack_.back().at;
    if (std::vector<float>* list = floats(at)) {
      list->push_back(value);
      return true;
    }
    if (ignored(at)) return true;
    if (!whole) return scalar_refused("a fraction");
    if (at == At::version || at == At::cats_values) {
      (at == At::version ? out_.version : out_.categories.back().values).push_back(*whole);
      return true;
    }
    if (*whole < std::numeric_limits<std::int32_t>::min() || *whole > std::numeric_limits<std::int32_t>::max())
      return scalar_refused("an integer beyond 32 bits");
    ints(at).push_back(static_cast<std::int32_t>(*whole));
    return true;
  }

  std::vector<float>* floats(At at) {
    if (at == At::split_conditions) return &out_.trees.back().condition;
    if (at == At::booster_weight_drop || at == At::model_weight_drop) return &out_.weight_drop;
    return nullptr;
  }
  bool ignored(At at) {
    if (at == At::parents) ++out_.trees.back().parents;
    return at == At::parents || at == At::base_weights || at == At::leaf_weights || at == At::loss_changes ||
           at == At::sum_hessian || at == At::leaf_child_counts || at == At::linear_weights ||
           at == At::objective_array || at == At::objective_array_2 || at == At::cats_segments || at == At::cats_sorted;
  }
  std::vector<std::int32_t>& ints(At at) {
    if (at == At::tree_info) return out_.tree_info;
    if (at == At::iteration_indptr) return out_.iteration_indptr;
    if (at == At::cats_offsets) {
      out_.categories.back().text = true;
      return out_.categories.back().offsets;
    }
    RawTree& tree = out_.trees.back();  // every other list of integers stands in a tree
    switch (at) {
      case At::left_children:
        return tree.left;
      case At::right_children:
        return tree.right;
      case At::split_indices:
        return tree.feature;
      case At::default_left:
        return tree.default_left;
      case At::split_type:
        return tree.split_type;
      case At::categories:
        return tree.categories;
      case At::categories_nodes:
        return tree.categories_nodes;
      case At::categories_segments:
        return tree.categories_segments;
      default:
        return tree.categories_sizes;
    }
  }

  std::size_t bytes_;
  std::size_t values_ = 0;
  std::vector<Frame> stack_;
  const Field* pending_ = nullptr;  // the field whose key was read last
  std::string key_;
  Document out_;
  Status status_;
};

// quoted puts XGBoost's bare words NaN, Infinity and -Infinity, which are no JSON, between quotation marks.
Bytes quoted(View text) {
  Bytes out;
  out.reserve(text.size() + text.size() / 16);
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t c = text[i];
    if (inside) {
      if (c == '\\' && i + 1 < text.size())
        out.push_back(text[i++]);
      else if (c == '"')
        inside = false;
    } else if (c == '"') {
      inside = true;
    } else if (c == 'N' || c == 'I' || c == '-') {
      const std::string_view rest = text_of(text.subspan(i));
      bool replaced = false;
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (!rest.starts_with(word)) continue;
        out.push_back('"');
        out.insert(out.end(), word.begin(), word.end());
        out.push_back('"');
        i += word.size() - 1;
        replaced = true;
        break;
      }
      if (replaced) continue;
    }
    out.push_back(text[i]);
  }
  return out;
}
}  // namespace

Result<Document> read_document(View bytes, bool ubjson) {
  Sax sax(bytes.size());
  try {
    if (ubjson) return sax.take(json::sax_parse(bytes.begin(), bytes.end(), &sax, json::input_format_t::ubjson));
    const Bytes text = quoted(bytes);
    return sax.take(json::sax_parse(text.begin(), text.end(), &sax, json::input_format_t::json));
  } catch (const std::bad_alloc&) {
    return fail(Reject::out_of_resources, "no memory for the model");
  } catch (const std::exception&) {
    return fail(Reject::model_malformed, "JSON that does not parse", "an XGBoost model");
  }
}

}  // namespace glovebox::model
