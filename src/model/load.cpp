#include "model/load.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/document.h"
#include "model/objective.h"

namespace glovebox::model {
namespace {
constexpr Version newest{3, 4, 0};
constexpr std::int64_t nodes_max = 1 << 24;  // of one tree

Result<std::int64_t> whole(std::string_view text, std::string_view field, std::int64_t least, std::int64_t most) {
  std::int64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return fail(Reject::model_malformed,
                text.empty() ? "no " + std::string(field) : std::string(field) + " that is no integer", "an integer");
  if (v < least || v > most)
    return fail(Reject::model_invalid, std::string(field) + " = " + std::to_string(v),
                std::to_string(least) + " to " + std::to_string(most));
  return v;
}

Result<float> decimal(std::string_view text) {
  float v = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(v))
    return fail(Reject::model_malformed, "a base_score that is no number", "5E-1 or [2.35E-1]");
  return v;
}

Result<Version> version_of(const Document& doc) {
  if (doc.version.size() != 3)
    return fail(Reject::model_version_unsupported, "a model that does not say which XGBoost wrote it",
                "\"version\": [major, minor, patch]", "save it again with XGBoost: save_model(\"m.ubj\")");
  const Version v{doc.version[0], doc.version[1], doc.version[2]};
  const bool known =
      (v.major == 1 && v.minor <= 7) || (v.major == 2 && v.minor <= 1) || (v.major == 3 && v.minor <= newest.minor);
  if (!known || v.minor < 0 || v.patch < 0)
    return fail(
        Reject::model_version_unsupported,
        "a model of XGBoost " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." + std::to_string(v.patch),
        "1.0 to 3.4", "a newer version may mean other things by the same fields");
  return v;
}

// The base score was one number up to 3.0 ("5E-1") and is a list from 3.1 on ("[2.35E-1]"), one for each output.
Status read_intercept(const Document& doc, Ensemble& out) {
  std::string_view text = doc.base_score;
  std::vector<float> given;
  if (text.starts_with('[')) {
    if (out.version < Version{3, 1, 0})
      return fail(Reject::model_invalid, "a list as base_score", "one number, as XGBoost before 3.1 writes it");
    if (!text.ends_with(']') || text.size() < 3) return fail(Reject::model_malformed, "a base_score without its end");
    text = text.substr(1, text.size() - 2);
    for (bool more = true; more;) {
      const std::size_t comma = text.find(',');
      more = comma != std::string_view::npos;
      GLOVEBOX_TRY(v, decimal(text.substr(0, comma)));
      given.push_back(v);
      if (more) text.remove_prefix(comma + 1);
    }
  } else {
    GLOVEBOX_TRY(v, decimal(text));
    given.push_back(v);
  }
  if (given.size() != 1 && given.size() != out.groups)
    return fail(Reject::model_invalid, std::to_string(given.size()) + " base scores", std::to_string(out.groups));
  for (std::size_t g = 0; g < out.groups; ++g) {
    GLOVEBOX_TRY(margin, intercept_of(out.objective, out.version, given.size() == 1 ? given[0] : given[g]));
    out.intercept.push_back(margin);
  }
  return {};
}

std::unexpected<Error> bad_tree(std::size_t number, std::string found, std::string expected = {}) {
  return fail(Reject::model_invalid, "tree " + std::to_string(number) + ": " + std::move(found), std::move(expected));
}

Status read_categories(const RawTree& raw, std::size_t number, std::vector<Node>& by_old, Tree& tree) {
  const std::size_t splits = raw.categories_nodes.size();
  if (raw.categories_segments.size() != splits || raw.categories_sizes.size() != splits)
    return bad_tree(number, "lists of categorical splits of different lengths");
  std::int64_t last = -1;
  for (std::size_t i = 0; i < splits; ++i) {
    const std::int64_t at = raw.categories_nodes[i];
    const std::int64_t begin = raw.categories_segments[i];
    const std::int64_t size = raw.categories_sizes[i];
    if (at <= last || at >= static_cast<std::int64_t>(by_old.size()))
      return bad_tree(number, "categorical node " + std::to_string(at), "ascending, in the tree");
    last = at;
    if (begin < 0 || size < 1 || begin + size > static_cast<std::int64_t>(raw.categories.size()))
      return bad_tree(number, "categories of node " + std::to_string(at) + " outside the list");
    Node& node = by_old[static_cast<std::size_t>(at)];
    node.categories_begin = static_cast<std::uint32_t>(tree.categories.size());
    const auto first = raw.categories.begin() + begin;
    std::vector<std::int32_t> set(first, first + size);
    std::ranges::sort(set);
    if (set.front() < 0 || set.back() >= category_end) return bad_tree(number, "a category outside 0 to 2^24 - 1");
    set.erase(std::ranges::unique(set).begin(), set.end());
    if (tree.categories.size() + set.size() > raw.categories.size())
      return bad_tree(number, "categorical splits that share categories");
    tree.categories.insert(tree.categories.end(), set.begin(), set.end());
    node.categories_end = static_cast<std::uint32_t>(tree.categories.size());
  }
  return {};
}

// read_tree checks one tree and writes its nodes in breadth-first order, so that children follow their parent and
// siblings stand side by side. Nodes that XGBoost's pruner deleted (it leaves them in the file) are dropped.
Result<Tree> read_tree(const RawTree& raw, std::size_t number, std::size_t features) {
  GLOVEBOX_TRY(count_given, whole(raw.num_nodes, "num_nodes", 1, nodes_max));
  GLOVEBOX_TRY(deleted, whole(raw.num_deleted, "num_deleted", 0, nodes_max));
  GLOVEBOX_TRY(leaf_vector, whole(raw.size_leaf_vector, "size_leaf_vector", 0, 1 << 20));
  if (leaf_vector > 1)
    return fail(Reject::type_unsupported, "trees whose leaves hold a vector", "one tree for each output",
                "train with multi_strategy=one_output_per_tree");
  const auto count = static_cast<std::size_t>(count_given);
  if (raw.id != static_cast<std::int64_t>(number)) return bad_tree(number, "id " + std::to_string(raw.id));
  const bool has_types = raw.seen[static_cast<std::size_t>(At::split_type)];
  if (raw.left.size() != count || raw.right.size() != count || raw.feature.size() != count ||
      raw.condition.size() != count || raw.default_left.size() != count || raw.parents != count ||
      (has_types && raw.split_type.size() != count))
    return bad_tree(number, "lists that differ from num_nodes = " + std::to_string(count));

  Tree tree;
  std::vector<Node> by_old(count);
  GLOVEBOX_CHECK(read_categories(raw, number, by_old, tree));

  std::vector<std::size_t> order{0};  // order[new] = old
  std::vector<bool> seen(count, false);
  seen[0] = true;
  for (std::size_t at = 0; at < order.size(); ++at) {
    const std::size_t old = order[at];
    const std::string where = "node " + std::to_string(old);
    Node& node = by_old[old];
    const std::int64_t left = raw.left[old];
    const std::int64_t right = raw.right[old];
    node.value = raw.condition[old];
    if (left == -1) {
      if (!std::isfinite(node.value)) return bad_tree(number, where + ": a leaf that is not finite");
      node.categories_begin = node.categories_end = 0;
      continue;
    }
    // XGBoost itself goes to left + 1 and ignores the right child, so a file in which they differ has two meanings.
    if (right != left + 1)
      return bad_tree(number, where + ": right child " + std::to_string(right), "the left one + 1");
    if (left < 0 || right >= static_cast<std::int64_t>(count))
      return bad_tree(number, where + ": child " + std::to_string(left) + " outside the tree");
    for (const std::int64_t child : {left, right}) {
      const auto c = static_cast<std::size_t>(child);
      if (seen[c]) return bad_tree(number, where + ": child " + std::to_string(child) + " has two parents, or a cycle");
      seen[c] = true;
    }
    if (raw.feature[old] < 0 || static_cast<std::size_t>(raw.feature[old]) >= features)
      return bad_tree(number, where + ": feature " + std::to_string(raw.feature[old]),
                      "less than " + std::to_string(features));
    node.feature = static_cast<std::uint32_t>(raw.feature[old]);
    if (raw.default_left[old] != 0 && raw.default_left[old] != 1) return bad_tree(number, where + ": default_left");
    node.default_left = raw.default_left[old] == 1;
    const std::int32_t type = has_types ? raw.split_type[old] : 0;
    if (type != 0 && type != 1) return bad_tree(number, where + ": split_type " + std::to_string(type), "0 or 1");
    node.categorical = type == 1;
    if (node.categorical != (node.categories_begin != node.categories_end))
      return bad_tree(number, where + ": split_type and the list of categorical splits disagree");
    if (node.categorical)
      node.value = 0;
    else if (std::isnan(node.value))
      return bad_tree(number, where + ": a threshold that is not a number");
    node.left = static_cast<std::uint32_t>(order.size());
    order.push_back(static_cast<std::size_t>(left));
    order.push_back(static_cast<std::size_t>(right));
  }
  if (count - order.size() != static_cast<std::size_t>(deleted))
    return bad_tree(number, std::to_string(count - order.size()) + " nodes that cannot be reached",
                    std::to_string(deleted) + ", those that were deleted");
  tree.nodes.reserve(order.size());
  for (const std::size_t old : order) tree.nodes.push_back(by_old[old]);
  return tree;
}

Status read_trees(const Document& doc, Ensemble& out) {
  GLOVEBOX_TRY(count, whole(doc.num_trees, "num_trees", 0, static_cast<std::int64_t>(trees_max)));
  if (doc.trees.size() != static_cast<std::size_t>(count) || doc.tree_info.size() != doc.trees.size())
    return fail(Reject::model_invalid,
                std::to_string(doc.trees.size()) + " trees and " + std::to_string(doc.tree_info.size()) + " groups",
                std::to_string(count) + " of each");
  for (std::size_t t = 0; t < doc.trees.size(); ++t) {
    GLOVEBOX_TRY(tree, read_tree(doc.trees[t], t, out.features));
    out.trees.push_back(std::move(tree));
    const std::int32_t group = doc.tree_info[t];
    if (group < 0 || static_cast<std::size_t>(group) >= out.groups)
      return bad_tree(t, "group " + std::to_string(group), "less than " + std::to_string(out.groups));
    out.group.push_back(static_cast<std::uint32_t>(group));
  }
  const auto& rounds = doc.iteration_indptr;
  if (!rounds.empty()) {
    if (rounds.front() != 0 || rounds.back() != count || !std::ranges::is_sorted(rounds))
      return fail(Reject::model_invalid, "iteration_indptr", "from 0 to the number of trees, ascending");
    out.iterations = rounds.size() - 1;
  }
  if (rounds.empty()) {  // files before 2.0: a round is one tree, or num_parallel_tree, for each output
    std::int64_t parallel = 1;
    if (doc.has(At::num_parallel_tree)) {
      GLOVEBOX_TRY(given, whole(doc.num_parallel_tree, "num_parallel_tree", 0, static_cast<std::int64_t>(trees_max)));
      parallel = std::max<std::int64_t>(given, 1);
    }
    out.iterations = out.trees.size() / (out.groups * static_cast<std::size_t>(parallel));
  }
  const bool drops = doc.has(At::booster_weight_drop) || doc.has(At::model_weight_drop);
  if (doc.has(At::booster_weight_drop) && doc.has(At::model_weight_drop))
    return fail(Reject::model_malformed, "weight_drop in two places", "one");
  if (doc.booster == "dart" && !drops)
    return fail(Reject::model_malformed, "no weight_drop", "one weight for each tree");
  if (drops) {
    if (doc.weight_drop.size() != out.trees.size())
      return fail(Reject::model_invalid, std::to_string(doc.weight_drop.size()) + " tree weights",
                  std::to_string(count));
    if (!std::ranges::all_of(doc.weight_drop, [](float w) { return std::isfinite(w); }))
      return fail(Reject::model_invalid, "a tree weight that is not finite");
    out.weight = doc.weight_drop;
  }
  return {};
}

// Names of categories, as Arrow keeps them: one run of characters, and where each name begins.
Status read_category_names(const Document& doc, Ensemble& out) {
  if (doc.categories.empty()) return {};
  if (doc.categories.size() != out.features)
    return fail(Reject::model_invalid, "categories of " + std::to_string(doc.categories.size()) + " features",
                std::to_string(out.features));
  for (const RawCategories& raw : doc.categories) {
    std::vector<std::string> names;
    if (!raw.text) {
      for (const std::int64_t v : raw.values) names.push_back(std::to_string(v));
    } else {
      std::int64_t last = raw.offsets.front();
      if (last != 0 || raw.offsets.back() != static_cast<std::int64_t>(raw.values.size()))
        return fail(Reject::model_invalid, "category names whose offsets do not fit");
      for (std::size_t i = 1; i < raw.offsets.size(); ++i) {
        const std::int64_t next = raw.offsets[i];
        if (next < last || next > static_cast<std::int64_t>(raw.values.size()))
          return fail(Reject::model_invalid, "category names whose offsets do not ascend");
        std::string& name = names.emplace_back();
        for (std::int64_t k = last; k < next; ++k)
          name.push_back(static_cast<char>(raw.values[static_cast<std::size_t>(k)]));
        last = next;
      }
    }
    out.categories.push_back(std::move(names));
  }
  return {};
}

Status read_names(Document& doc, Ensemble& out) {
  for (const auto* list : {&doc.feature_names, &doc.feature_types})
    if (!list->empty() && list->size() != out.features)
      return fail(Reject::model_invalid, std::to_string(list->size()) + " feature names or types",
                  std::to_string(out.features) + ", the model's num_feature");
  out.feature_names = std::move(doc.feature_names);
  out.feature_types = std::move(doc.feature_types);
  return {};
}

Result<Ensemble> build(Document doc) {
  Ensemble out;
  GLOVEBOX_TRY(version, version_of(doc));
  out.version = version;
  if (doc.booster == "gblinear")
    return fail(Reject::type_unsupported, "a linear model (gblinear)", "trees: gbtree or dart");
  if (doc.booster != "gbtree" && doc.booster != "dart")
    return fail(Reject::model_field_unknown, "booster \"" + doc.booster.substr(0, 64) + "\"", "gbtree or dart");
  if ((doc.booster == "dart") != doc.has(At::dart_gbtree))
    return fail(Reject::model_malformed, "booster and its fields do not fit together");
  if (doc.has(At::linear_weights) || doc.has(At::linear_rounds))
    return fail(Reject::model_field_unknown, "fields of a linear model among trees");
  out.objective = doc.objective;
  GLOVEBOX_TRY(link, link_of(out.objective, out.version));
  out.link = link;

  GLOVEBOX_TRY(features, whole(doc.num_feature, "num_feature", 1, static_cast<std::int64_t>(features_max)));
  GLOVEBOX_TRY(classes, whole(doc.num_class, "num_class", 0, static_cast<std::int64_t>(groups_max)));
  std::int64_t targets = 1;  // files before 1.6 do not have it
  if (doc.has(At::num_target)) {
    GLOVEBOX_TRY(given, whole(doc.num_target, "num_target", 1, static_cast<std::int64_t>(groups_max)));
    targets = given;
  }
  if (classes > 1 && targets > 1) return fail(Reject::model_invalid, "classes and targets", "one of them");
  out.features = static_cast<std::size_t>(features);
  out.groups = static_cast<std::size_t>(std::max({classes, targets, std::int64_t{1}}));
  const bool many = link == Link::softmax || link == Link::argmax;
  if (many != (classes > 1) && !(many && classes == 1))
    return fail(Reject::model_invalid, out.objective + " with num_class = " + std::to_string(classes));
  if (many) {
    GLOVEBOX_TRY(own, whole(doc.softmax_num_class, "softmax num_class", 1, static_cast<std::int64_t>(groups_max)));
    if (own != classes) return fail(Reject::model_invalid, "two different num_class");
  }
  GLOVEBOX_CHECK(read_intercept(doc, out));
  GLOVEBOX_CHECK(read_names(doc, out));
  GLOVEBOX_CHECK(read_category_names(doc, out));
  GLOVEBOX_CHECK(read_trees(doc, out));
  if (!doc.best_iteration.empty()) {
    GLOVEBOX_TRY(best, whole(doc.best_iteration, "best_iteration", 0, static_cast<std::int64_t>(trees_max)));
    out.best_iteration = best;
  }
  return out;
}
}  // namespace

std::string_view format_text(Format format) {
  switch (format) {
    case Format::xgboost_json:
      return "xgboost-json";
    case Format::xgboost_ubjson:
      return "xgboost-ubjson";
    case Format::polygenic_tsv:
      return "polygenic-tsv";
    case Format::detect:
      break;
  }
  return "detect";
}

Result<Format> format_of_text(std::string_view text) {
  for (const Format f : {Format::xgboost_json, Format::xgboost_ubjson, Format::polygenic_tsv})
    if (format_text(f) == text) return f;
  return fail(Reject::type_unsupported, "weights of the form \"" + std::string(text.substr(0, 64)) + "\"",
              "xgboost-json, xgboost-ubjson or polygenic-tsv");
}

Result<Format> detect(View bytes) {
  const std::string_view text = text_of(bytes.first(std::min<std::size_t>(bytes.size(), 64)));
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    const std::size_t second = text.find_first_not_of(" \t\r\n", first + 1);
    if (second == std::string_view::npos || text[second] == '"' || text[second] == '}') return Format::xgboost_json;
    return Format::xgboost_ubjson;  // a length, where JSON has a quotation mark
  }
  if (text.starts_with("glovebox polygenic ")) return Format::polygenic_tsv;
  if (text.starts_with("tree\n")) return fail(Reject::type_unsupported, "a LightGBM model", "XGBoost's JSON or UBJSON");
  if (text.starts_with("[")) return fail(Reject::model_malformed, "a list", "a model, which is an object");
  return fail(Reject::type_unsupported, "a file that is neither JSON nor UBJSON", "XGBoost's JSON or UBJSON",
              "if this is XGBoost's old binary form, load it with the version that wrote it and call "
              "save_model(\"m.ubj\")");
}

Result<Ensemble> load(View bytes, Format format) {
  if (bytes.size() > weights_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes", "at most " + std::to_string(weights_max));
  if (format == Format::detect) {
    GLOVEBOX_TRY(found, detect(bytes));
    format = found;
  }
  if (format == Format::polygenic_tsv)
    return fail(Reject::type_unsupported, "a table of a polygenic score's weights", "XGBoost's JSON or UBJSON");
  GLOVEBOX_TRY(document, read_document(bytes, format == Format::xgboost_ubjson));
  return build(std::move(document));
}

}  // namespace glovebox::model
