#include "model/objective.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace glovebox::model {
namespace {
enum class Intercept { as_given, logit, log };
struct Row {
  std::string_view name;
  Link link;
  Intercept intercept;
};
constexpr auto rows = std::to_array<Row>({
    {"reg:squarederror", Link::identity, Intercept::as_given},
    {"reg:linear", Link::identity, Intercept::as_given},  // the old name of the same
    {"reg:squaredlogerror", Link::identity, Intercept::as_given},
    {"reg:absoluteerror", Link::identity, Intercept::as_given},
    {"reg:pseudohubererror", Link::identity, Intercept::as_given},
    {"reg:quantileerror", Link::identity, Intercept::as_given},
    {"reg:logistic", Link::logistic, Intercept::logit},
    {"binary:logistic", Link::logistic, Intercept::logit},
    {"binary:logitraw", Link::identity, Intercept::as_given},
    {"binary:hinge", Link::step, Intercept::as_given},
    {"multi:softprob", Link::softmax, Intercept::as_given},
    {"multi:softmax", Link::argmax, Intercept::as_given},
    {"count:poisson", Link::exponential, Intercept::log},
    {"reg:gamma", Link::exponential, Intercept::log},
    {"reg:tweedie", Link::exponential, Intercept::log},
    {"survival:cox", Link::exponential, Intercept::log},
    {"survival:aft", Link::exponential, Intercept::log},
    {"rank:pairwise", Link::identity, Intercept::as_given},
    {"rank:ndcg", Link::identity, Intercept::as_given},
    {"rank:map", Link::identity, Intercept::as_given},
});

const Row* row_of(std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}
}  // namespace

Result<Link> link_of(std::string_view objective, const Version& version) {
  if (objective == "reg:expectileerror")
    return fail(Reject::type_unsupported, "objective reg:expectileerror", "an objective whose output is known here");
  const Row* row = row_of(objective);
  if (row == nullptr)
    return fail(Reject::model_field_unknown, "objective \"" + std::string(objective.substr(0, 64)) + "\"",
                "an objective of XGBoost", "a custom objective's output transform is not in the file");
  // These two changed their meaning without a mark in the file other than the version.
  if (objective == "reg:quantileerror" && version >= Version{3, 4, 0})
    return fail(Reject::type_unsupported,
                "objective reg:quantileerror of XGBoost 3.4 or later, which sorts its outputs", "an earlier one");
  if (objective == "binary:logitraw" && version < Version{1, 4, 0})
    return fail(Reject::type_unsupported, "objective binary:logitraw of XGBoost before 1.4",
                "1.4 or later, which reads the base score as a margin");
  return row->link;
}

Result<float> intercept_of(std::string_view objective, const Version& version, float base_score) {
  const Row* row = row_of(objective);
  if (row == nullptr) return fail(Reject::model_field_unknown, "an unknown objective");
  if (!std::isfinite(base_score)) return fail(Reject::model_invalid, "base_score that is not finite");
  float margin = base_score;
  if (row->intercept == Intercept::logit) {
    constexpr float least = 1e-6F;
    if (version >= Version{3, 2, 0} && base_score >= 0.0F && base_score <= 1.0F)
      base_score = std::min(std::max(base_score, least), 1.0F - least);
    if (!(base_score > 0.0F && base_score < 1.0F))
      return fail(Reject::model_invalid, "base_score " + std::to_string(base_score), "a probability between 0 and 1");
    margin = -std::log(1.0F / base_score - 1.0F);
  } else if (row->intercept == Intercept::log) {
    if (!(base_score > 0.0F))
      return fail(Reject::model_invalid, "base_score " + std::to_string(base_score), "more than 0");
    margin = std::log(base_score);
  }
  return margin;
}

}  // namespace glovebox::model
