// manifest.h: what a model's owner says about it: name, build, output and its meaning, cut-points, reference
// distribution, what is real and what is simulated. Written as manifest.toml (pack.h), carried as CBOR
// (docs/spec/model.md); the enclave reads only the CBOR.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "model/ancestry.h"

namespace glovebox::bundle {

constexpr std::string_view manifest_label = "glovebox manifest v1";
constexpr std::size_t manifest_size_max = 65'536;
constexpr std::size_t name_max = 64;
constexpr std::size_t words_max = 2048;  // bytes of a sentence
constexpr std::size_t statements_max = 16;
constexpr std::size_t categories_max = 16;
constexpr std::size_t output_names_max = 1024;
constexpr std::size_t reference_max = 1001;  // quantiles
constexpr std::size_t scores_max = 4096;     // of one reference's people
constexpr std::size_t reference_groups_max = 32;
constexpr std::size_t shown_max =
    16'384;  // bytes of all texts together: they travel in every answer, which has one size

enum class Build { none, grch37, grch38 };
std::string_view name(Build build);  // "none", "GRCh37", "GRCh38"
std::optional<Build> build_from_name(std::string_view word);

// OutputValue is what percentile and category look at, and what a person is shown: of trees a prediction or a margin,
// of a polygenic score its sum or its average.
enum class OutputValue { prediction, margin, sum, average };
std::string_view name(OutputValue value);
std::optional<OutputValue> output_value_from_name(std::string_view word);

// Category holds from the one before's `below` up to, not including, its own; the last has none.
struct Category {
  std::optional<float> below = {};
  std::string name = {};
  std::string words = {};
  bool operator==(const Category&) const = default;
};

// Reference is the distribution that a score is compared with: quantiles, or the scores themselves of the people that
// it is of, for a percentile; mean and sd for a Z. At least one of the three; not quantiles and scores.
struct Reference {
  std::string name = {};
  std::vector<float> quantiles = {};  // 2 to 1001, ascending, evenly spaced in probability from least to greatest
  std::vector<float> scores = {};     // 2 to 4096, ascending, one for each person
  std::optional<double> mean = {};
  std::optional<double> sd = {};  // above 0; given if mean is
  bool operator==(const Reference&) const = default;
};

// ReferenceGroup is one of several references, for a person who says which is most like them by the plain value
// reference_group_value; without that the score is compared with Manifest::reference.
constexpr std::string_view reference_group_value = "reference_group";
struct ReferenceGroup {
  std::string label = {};  // what is said: 1 to 64 printable bytes without a blank
  Reference reference = {};
  bool operator==(const ReferenceGroup&) const = default;
};

struct Manifest {
  std::string name = {};     // a-z, 0-9, "_", "-", "."; 1 to 64
  std::string version = {};  // printable, no blank; 1 to 32
  std::string description = {};
  std::string engine = "trees";  // or "polygenic"
  Build build = Build::none;     // of the variants; none where there are none
  float coverage_gate = 0;       // 0 to 1: below this share of the model, by weight, there is no category
  bool sites_public = false;     // whether the list of sites may leave the bundle
  OutputValue output_value = OutputValue::prediction;
  std::string output = {};                     // what that value is, in words
  std::vector<std::string> output_names = {};  // of several outputs, in order
  std::vector<Category> categories = {};
  std::optional<Reference> reference = {};
  std::vector<ReferenceGroup> reference_groups = {};
  std::optional<model::Ancestry> ancestry = {};  // its components are plain values that a person may give
  std::string citation = {};
  std::string licence = {};
  std::string intended_use = {};
  std::string not_medical_device = {};
  std::vector<std::string> real = {};       // what of the model is made from real data
  std::vector<std::string> simulated = {};  // and what is not

  // encode writes the one CBOR form. check says bundle_malformed for a field outside its bounds.
  Bytes encode() const;
  Status check() const;
  // parse checks too: bundle_malformed, version_unsupported, and what the CBOR reader refuses.
  static Result<Manifest> parse(View bytes);
  bool operator==(const Manifest&) const = default;
};

}  // namespace glovebox::bundle
