#include "bundle/features.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/cells.h"
#include "model/ensemble.h"

namespace glovebox::bundle {
namespace {
enum Column {
  name_,
  kind_,
  build_,
  chromosome_,
  position_,
  effect_,
  other_,
  reference_,
  unit_,
  min_,
  max_,
  levels_,
  missing_,
  columns
};
constexpr std::array<std::string_view, columns> titles = {
    "name", "kind", "build", "chromosome", "position", "effect_allele", "other_allele", "reference_allele",
    "unit", "min",  "max",   "levels",     "missing"};
using Cells = std::array<std::string_view, columns>;

struct Place {
  std::size_t line;
  std::unexpected<Error> bad(Column column, std::string_view found, std::string expected) const {
    std::string shown;
    for (const char c : found.substr(0, 40)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return fail(
        Reject::bundle_malformed,
        "features.tsv line " + std::to_string(line) + ", " + std::string(titles[column]) + ": \"" + shown + "\"",
        std::move(expected));
  }
};

std::optional<float> decimal(std::string_view text) {
  float v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(v))
    return std::nullopt;
  return v;
}

Result<Missing> read_missing(const Cells& cells, const Place& at) {
  if (cells[missing_] == "nan") return Missing{};
  if (cells[missing_] == "refuse") return Missing{.kind = Missing::Kind::refuse};
  const auto v = decimal(cells[missing_]);
  if (!v) return at.bad(missing_, cells[missing_], "nan, refuse or a number");
  return Missing{.kind = Missing::Kind::number, .number = *v};
}

Result<genome::Site> read_site(const Cells& cells, const Place& at, Build build) {
  if (build == Build::none) return at.bad(kind_, "variant", "a manifest that says which build");
  if (cells[build_] != name(build)) return at.bad(build_, cells[build_], "the manifest's " + std::string(name(build)));
  genome::Site site;
  const auto chromosome = genome::chromosome_of(cells[chromosome_]);
  if (!chromosome || genome::name(*chromosome) != cells[chromosome_])
    return at.bad(chromosome_, cells[chromosome_], "1 to 22, X, Y or MT, without a prefix");
  site.chromosome = *chromosome;
  const std::string_view text = cells[position_];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), site.position);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || site.position == 0 || text[0] == '0')
    return at.bad(position_, text, "a position from 1");
  const auto bases = [](std::string_view allele) {
    return !allele.empty() && allele.size() <= genome::site_allele_max &&
           allele.find_first_not_of("ACGT") == std::string_view::npos;
  };
  if (!bases(cells[effect_])) return at.bad(effect_, cells[effect_], "A, C, G, T");
  if (cells[other_] != "." && !bases(cells[other_]))
    return at.bad(other_, cells[other_], "A, C, G, T, or . if unknown");
  site.effect_allele = cells[effect_];
  if (cells[other_] != ".") site.other_allele = cells[other_];
  if (site.other_allele == site.effect_allele) return at.bad(other_, cells[other_], "another allele than the effect's");
  if (cells[reference_] == site.effect_allele)
    site.reference = genome::ReferenceAllele::effect;
  else if (!site.other_allele.empty() && cells[reference_] == site.other_allele)
    site.reference = genome::ReferenceAllele::other;
  else if (cells[reference_] != ".")
    return at.bad(reference_, cells[reference_], "one of the two alleles, or . if unknown");
  for (const Column c : {unit_, min_, max_, levels_})
    if (cells[c] != ".") return at.bad(c, cells[c], ". for a variant");
  return site;
}

Result<Unscored> read_unscored(const Cells& cells, const Place& at) {
  for (const Column c : {build_, chromosome_, position_, effect_, other_, reference_, min_, max_, levels_})
    if (cells[c] != ".") return at.bad(c, cells[c], ". for what is not scored");
  const auto why = why_from_name(cells[unit_]);
  if (!why) return at.bad(unit_, cells[unit_], "why it is not scored, as docs/spec/model.md lists it");
  return Unscored{*why};
}

Result<Value> read_value(const Cells& cells, const Place& at) {
  Value value;
  for (const Column c : {build_, chromosome_, position_, effect_, other_, reference_})
    if (cells[c] != ".") return at.bad(c, cells[c], ". for a value");
  if (cells[unit_] != ".") {
    if (!is_plain(cells[unit_], unit_max)) return at.bad(unit_, cells[unit_], "a unit, or .");
    value.unit = cells[unit_];
  }
  for (const auto& [column, bound] : {std::pair{min_, &value.min}, {max_, &value.max}}) {
    if (cells[column] == ".") continue;
    *bound = decimal(cells[column]);
    if (!*bound) return at.bad(column, cells[column], "a number, or .");
  }
  if (value.min && value.max && *value.min > *value.max) return at.bad(max_, cells[max_], "not less than min");
  if (cells[levels_] != ".") {
    if (value.min || value.max) return at.bad(levels_, cells[levels_], "a range or levels, not both");
    std::string_view rest = cells[levels_];
    std::unordered_set<std::string_view> seen;
    for (bool more = true; more;) {
      const std::size_t bar = rest.find('|');
      more = bar != std::string_view::npos;
      const std::string_view level = rest.substr(0, bar);
      if (!is_plain(level, level_max) || !seen.insert(level).second)
        return at.bad(levels_, level, "distinct words between |");
      if (value.levels.size() >= levels_max) return at.bad(levels_, level, "at most " + std::to_string(levels_max));
      value.levels.emplace_back(level);
      if (more) rest.remove_prefix(bar + 1);
    }
  }
  return value;
}
}  // namespace

std::string_view name(Why why) {
  switch (why) {
    case Why::no_position:
      return "no_position";
    case Why::other_contig:
      return "other_contig";
    case Why::allele:
      return "allele";
    case Why::haplotype:
      return "haplotype";
    case Why::diplotype:
      return "diplotype";
    case Why::interaction:
      return "interaction";
    case Why::variant_type:
      return "variant_type";
  }
  return "no_position";
}
std::optional<Why> why_from_name(std::string_view word) {
  for (const Why w : {Why::no_position, Why::other_contig, Why::allele, Why::haplotype, Why::diplotype,
                      Why::interaction, Why::variant_type})
    if (name(w) == word) return w;
  return std::nullopt;
}

Result<std::vector<Feature>> parse_features(View table, Build build) {
  if (table.size() > features_size_max)
    return fail(Reject::too_large, "features.tsv of " + std::to_string(table.size()) + " bytes",
                "at most " + std::to_string(features_size_max));
  std::string_view rest = text_of(table);
  if (rest.empty() || rest.back() != '\n')
    return fail(Reject::bundle_malformed, "features.tsv whose last line has no end", "a newline after every line");
  std::vector<Feature> out;
  std::unordered_set<std::string_view> names;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const Place at{number};
    if (number == 1) {
      if (line != features_header)
        return fail(Reject::bundle_malformed, "features.tsv with another first line", std::string(features_header));
      continue;
    }
    if (out.size() >= model::features_max)
      return fail(Reject::too_large, "features.tsv", "at most " + std::to_string(model::features_max) + " features");
    Cells cells;
    const std::size_t count = split_cells(line, cells);
    if (count != columns)
      return fail(Reject::bundle_malformed,
                  "features.tsv line " + std::to_string(number) + ": " + std::to_string(count) + " columns",
                  std::to_string(std::size_t{columns}));
    Feature feature;
    if (!is_plain(cells[name_], feature_name_max)) return at.bad(name_, cells[name_], "1 to 128 bytes of plain text");
    feature.name = cells[name_];
    if (!names.insert(cells[name_]).second)
      return fail(Reject::features_mismatch,
                  "features.tsv line " + std::to_string(number) + ": \"" + feature.name + "\" twice",
                  "each feature once");
    GLOVEBOX_TRY(missing, read_missing(cells, at));
    feature.missing = missing;
    if (cells[kind_] == "variant") {
      GLOVEBOX_TRY(site, read_site(cells, at, build));
      feature.what = std::move(site);
    } else if (cells[kind_] == "value") {
      GLOVEBOX_TRY(value, read_value(cells, at));
      feature.what = std::move(value);
    } else if (cells[kind_] == "unscored") {
      GLOVEBOX_TRY(unscored, read_unscored(cells, at));
      feature.what = unscored;
    } else {
      return at.bad(kind_, cells[kind_], "variant, value or unscored");
    }
    out.push_back(std::move(feature));
  }
  return out;
}

Result<float> encode_value(const Feature& feature, const std::optional<std::variant<double, std::string>>& given) {
  const Value& value = std::get<Value>(feature.what);
  const bool empty = !given || (std::holds_alternative<double>(*given) && std::isnan(std::get<double>(*given)));
  if (empty) {
    if (feature.missing.kind == Missing::Kind::refuse)
      return fail(Reject::value_missing, "no value for \"" + feature.name + "\"", "a value: this model needs it");
    return feature.missing.kind == Missing::Kind::number ? feature.missing.number
                                                         : std::numeric_limits<float>::quiet_NaN();
  }
  if (!value.levels.empty()) {
    std::string listed;
    for (const std::string& level : value.levels)
      if (listed.size() < 200) listed += (listed.empty() ? "" : ", ") + level;
    const std::string* text = std::get_if<std::string>(&*given);
    const auto found = text == nullptr ? value.levels.end() : std::ranges::find(value.levels, *text);
    if (found == value.levels.end())
      return fail(Reject::value_unknown,
                  "\"" + feature.name + "\" = " + (text != nullptr ? "\"" + text->substr(0, 64) + "\"" : "a number"),
                  "one of: " + listed);
    return static_cast<float>(found - value.levels.begin());
  }
  if (const std::string* text = std::get_if<std::string>(&*given))
    return fail(Reject::value_unknown, "\"" + feature.name + "\" = \"" + text->substr(0, 64) + "\"", "a number");
  // Straight to float32, as the trainer's reader does, and only then compared: bounds are float32 too.
  const double wide = std::get<double>(*given);
  const bool fits = std::isfinite(wide) && std::abs(wide) <= static_cast<double>(std::numeric_limits<float>::max());
  const float v = fits ? static_cast<float>(wide) : 0.0F;
  if (!fits || (value.min && v < *value.min) || (value.max && v > *value.max)) {
    const auto shown = [](const std::optional<float>& bound) {
      return bound ? std::to_string(*bound) : std::string("any");
    };
    return fail(Reject::value_out_of_range, "\"" + feature.name + "\" = " + std::to_string(wide),
                shown(value.min) + " to " + shown(value.max) + (value.unit.empty() ? "" : " " + value.unit));
  }
  return v;
}

}  // namespace glovebox::bundle
