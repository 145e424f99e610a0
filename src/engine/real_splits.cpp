#include "engine/real_splits.h"

#include <algorithm>
#include <bit>
#include <map>

#include "engine/floats.h"

namespace glovebox::engine {
namespace {
std::int32_t threshold_of(float value) {  // the loader lets no NaN through
  return order(bits_of(value));
}

// A question: its column, and its thresholds in it, ascending; one, or those of a category set.
struct Question {
  std::uint64_t column = 0;  // 2 x feature, + 1 if missing values stand above
  std::vector<std::int32_t> thresholds;
  auto operator<=>(const Question&) const = default;
};

// The ends of the intervals that the set's members make: value is in [c, c + 1) if XGBoost takes it for category c.
Question question_of(const model::Tree& tree, const model::Node& node) {
  Question out{.column = std::uint64_t{2} * node.feature + (node.default_left ? 0 : 1), .thresholds = {}};
  if (!node.categorical) {
    out.thresholds.push_back(threshold_of(node.value));
    return out;
  }
  for (std::uint32_t i = node.categories_begin; i < node.categories_end; ++i) {
    const std::int32_t category = tree.categories[i];
    const std::int32_t begin = threshold_of(static_cast<float>(category));
    const std::int32_t end = threshold_of(static_cast<float>(category + 1));
    if (!out.thresholds.empty() && out.thresholds.back() == begin)
      out.thresholds.back() = end;
    else if (out.thresholds.empty() || out.thresholds.back() != end)  // named twice
      out.thresholds.insert(out.thresholds.end(), {begin, end});
  }
  // An even number of answers that are all alike for a missing value says left; one more that only it gives, right.
  if (!node.default_left) out.thresholds.push_back(missing_above);
  return out;
}

class Compiler {
 public:
  explicit Compiler(const model::Ensemble& ensemble) : ensemble_(ensemble) { out_.features = ensemble.features; }

  Result<RealSplits> run() {
    for (const model::Tree& tree : ensemble_.trees)
      for (const model::Node& node : tree.nodes)
        if (!node.leaf()) ask(question_of(tree, node));
    number();
    if (out_.answers() > answers_max)
      return fail(Reject::too_large, std::to_string(out_.answers()) + " different splits",
                  "at most " + std::to_string(answers_max));
    for (std::size_t t = 0; t < ensemble_.trees.size(); ++t) add_tree(tree(t), ensemble_.group[t], out_.blocks);
    return std::move(out_);
  }

 private:
  void ask(Question question) {
    for (const std::int32_t t : question.thresholds) thresholds_[question.column].push_back(t);
    if (question.thresholds.size() != 1) sets_.try_emplace(std::move(question), 0);
  }

  void number() {
    for (auto& [column, thresholds] : thresholds_) {
      std::ranges::sort(thresholds);
      thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
      first_[column] = out_.thresholds.size();
      out_.columns.push_back({.feature = static_cast<std::uint32_t>(column / 2),
                              .missing = column % 2 == 0 ? missing_below : missing_above,
                              .thresholds_begin = out_.thresholds.size(),
                              .thresholds_end = out_.thresholds.size() + thresholds.size()});
      out_.thresholds.insert(out_.thresholds.end(), thresholds.begin(), thresholds.end());
    }
    for (auto& [question, answer] : sets_) {
      answer = static_cast<std::uint32_t>(out_.answers());
      const std::size_t begin = out_.members.size();
      for (const std::int32_t t : question.thresholds) out_.members.push_back(threshold(question.column, t));
      out_.sets.push_back({.begin = begin, .end = out_.members.size()});
    }
  }

  std::uint32_t threshold(std::uint64_t column, std::int32_t t) const {
    const auto& all = thresholds_.at(column);
    return static_cast<std::uint32_t>(first_.at(column)) +
           static_cast<std::uint32_t>(std::ranges::lower_bound(all, t) - all.begin());
  }
  std::uint32_t answer_of(const Question& question) const {
    return question.thresholds.size() == 1 ? threshold(question.column, question.thresholds[0]) : sets_.at(question);
  }

  // Nodes stand where they stood.
  DosageTree tree(std::size_t number) const {
    const model::Tree& in = ensemble_.trees[number];
    DosageTree out(in.nodes.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const model::Node& node = in.nodes[i];
      out[i].left = node.left;
      if (node.leaf()) {
        // As in predict_margin: DART's leaf passes through a zeroed buffer, which turns -0 into 0.
        out[i].leaf = bits_of(ensemble_.weight.empty() ? node.value : (0.0F + node.value) * ensemble_.weight[number]);
      } else {
        out[i].feature = answer_of(question_of(in, node));
        out[i].right_codes = right_if_yes;
      }
    }
    return out;
  }

  const model::Ensemble& ensemble_;
  RealSplits out_;
  std::map<std::uint64_t, std::vector<std::int32_t>> thresholds_;  // by column
  std::map<std::uint64_t, std::size_t> first_;                     // number of a column's first answer
  std::map<Question, std::uint32_t> sets_;
};
}  // namespace

Result<RealSplits> real_splits_of(const model::Ensemble& ensemble) {
  return Compiler(ensemble).run();
}

}  // namespace glovebox::engine
