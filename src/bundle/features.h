// features.h: a model's inputs by name, in the model's own order: variants of a genome and plain values. The table is
// tab-separated text, features.tsv (docs/spec/model.md), carried in the bundle as the owner wrote it.
#pragma once
#include <variant>

#include "bundle/manifest.h"
#include "genome/sites.h"

namespace glovebox::bundle {

constexpr std::size_t features_size_max = std::size_t{256} << 20;
constexpr std::size_t feature_name_max = 128;
constexpr std::size_t level_max = 256;    // bytes of one level
constexpr std::size_t levels_max = 4096;  // of one feature
constexpr std::size_t unit_max = 64;
constexpr std::string_view features_header =
    "name\tkind\tbuild\tchromosome\tposition\teffect_allele\tother_allele\treference_"
    "allele\tunit\tmin\tmax\tlevels\tmissing";

// Value is a number, or a word of a closed list that stands for the number of its place, from 0.
struct Value {
  std::string unit = {};
  std::optional<float> min = {};
  std::optional<float> max = {};
  std::vector<std::string> levels = {};
  bool operator==(const Value&) const = default;
};

// Why a row of a scoring file is carried along and never scored: it names no place on a primary chromosome, or what it
// weighs is more than one allele of one site.
enum class Why : std::uint8_t { no_position, other_contig, allele, haplotype, diplotype, interaction, variant_type };
std::string_view name(Why why);  // "no_position", ...
std::optional<Why> why_from_name(std::string_view word);

// Unscored is such a row: of polygenic scores only. It counts as asked for and never as found.
struct Unscored {
  Why why = Why::no_position;
  bool operator==(const Unscored&) const = default;
};

// Missing says what a value that is not there becomes: the model's own missing (NaN), a number, or a refusal.
struct Missing {
  enum class Kind { nan, number, refuse };
  Kind kind = Kind::nan;
  float number = 0;
  bool operator==(const Missing&) const = default;
};

struct Feature {
  std::string name = {};
  std::variant<genome::Site, Value, Unscored> what = {};
  Missing missing = {};

  bool is_variant() const { return std::holds_alternative<genome::Site>(what); }
  bool is_value() const { return std::holds_alternative<Value>(what); }
};

// parse_features reads the table. `build` is the manifest's: every variant must be on it. bundle_malformed with line
// and column; too_large; features_mismatch for a name that stands twice.
Result<std::vector<Feature>> parse_features(View table, Build build);

// encode_value turns what a person gave for a plain value into the model's number. value_out_of_range, value_unknown
// (no such level), value_missing (nothing given and the feature refuses that).
Result<float> encode_value(const Feature& feature, const std::optional<std::variant<double, std::string>>& given);

}  // namespace glovebox::bundle
