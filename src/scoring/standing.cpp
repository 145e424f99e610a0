#include "scoring/standing.h"

#include <algorithm>
#include <cmath>

#include "model/ancestry.h"

namespace glovebox::scoring {
namespace {

const protocol::NamedValue* find(const std::vector<protocol::NamedValue>& given, std::string_view name) {
  const auto found = std::ranges::find(given, name, &protocol::NamedValue::name);
  return found == given.end() ? nullptr : &*found;
}

Result<const bundle::Reference*> choose(const bundle::Manifest& manifest, const protocol::NamedValue* said) {
  if (said == nullptr || manifest.reference_groups.empty()) return manifest.reference ? &*manifest.reference : nullptr;
  std::string labels;
  const auto* label = std::get_if<std::string>(&said->value);
  for (const auto& group : manifest.reference_groups) {
    if (label != nullptr && *label == group.label) return &group.reference;
    labels += (labels.empty() ? "" : ", ") + group.label;
  }
  return fail(Reject::value_unknown,
              label == nullptr ? "a number for " + said->name : said->name + "=" + label->substr(0, 64),
              "one of: " + labels);
}
}  // namespace

bool stands_for(const bundle::Manifest& manifest, std::string_view name) {
  if (!manifest.reference_groups.empty() && name == bundle::reference_group_value) return true;
  return manifest.ancestry && std::ranges::any_of(manifest.ancestry->components,
                                                  [name](const model::Component& c) { return c.name == name; });
}

Result<Standing> Standing::create(const bundle::Manifest& manifest, const std::vector<protocol::NamedValue>& given) {
  Standing out(manifest);
  GLOVEBOX_TRY(reference, choose(manifest, find(given, bundle::reference_group_value)));
  out.reference_ = reference;
  if (!manifest.ancestry) return out;
  for (const auto& component : manifest.ancestry->components) {
    const auto* value = find(given, component.name);
    if (value == nullptr) {
      out.missing_ += (out.missing_.empty() ? "" : ", ") + component.name;
    } else if (const auto* number = std::get_if<double>(&value->value)) {
      out.components_.push_back(*number);
    } else {
      return fail(Reject::value_unknown, component.name + " that is no number", "a principal component");
    }
  }
  if (!out.missing_.empty()) out.components_.clear();
  return out;
}

Status Standing::place(double score, result::Row& row) const {
  if (reference_ != nullptr) {
    row.percentile = reference_->scores.empty()
                         ? result::percentile_of(static_cast<float>(score), reference_->quantiles)
                         : result::rank_of(static_cast<float>(score), reference_->scores);
    if (reference_->mean && std::isfinite(score)) {
      row.z = (score - *reference_->mean) / *reference_->sd;
      if (!std::isfinite(*row.z))
        return fail(Reject::value_out_of_range, "a score too far from the model's reference to be counted in its sd",
                    "a reference of this model's scores");
    }
  }
  if (components_.empty() || !std::isfinite(score)) return {};
  GLOVEBOX_TRY(adjusted, model::adjust(*manifest_->ancestry, score, components_));
  row.z_norm1 = adjusted.z_norm1;
  row.z_norm2 = adjusted.z_norm2;
  return {};
}

std::optional<std::string> Standing::warning() const {
  if (!manifest_->ancestry || missing_.empty()) return std::nullopt;
  return "no Z beside ancestry: " + missing_ + " not given (--set " + manifest_->ancestry->components.front().name +
         "=..., --covariates); a raw score differs between populations also where the risk does not";
}

}  // namespace glovebox::scoring
