// layers: base genome model bundle
// max_len: 8192
#include "bundle/pgs_pack.h"
#include "property.h"

// A scoring file that is read has, in every row, a site or a reason why not; what it makes is a bundle with as many
// features as the file has rows, or is refused by name. Both builds, so that either pair of columns is tried.
using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto build : {bundle::Build::grch37, bundle::Build::grch38}) {
    const auto file = bundle::read_scoring_file(View(data, size), {.build = build, .inflated_max = 1U << 20});
    if (!file) continue;
    require(file->scored() > 0, "something can be scored");
    for (const bundle::ScoringRow& row : file->rows) {
      require(row.site.has_value() != row.unscored.has_value(), "a site, or why there is none");
      for (const model::Int128 w : row.weights) {
        const std::string text = model::to_decimal(w, model::weight_places);
        const auto again = model::parse_decimal(text, model::weight_places, model::weight_total_max);
        require(again && again->units == w && !again->rounded, "a weight is written exactly");
      }
    }
    const auto packed = bundle::pack_score(*file, {.name = "x"});
    if (!packed) {
      const Reject reason = packed.error().reason;
      require(reason == Reject::model_invalid || reason == Reject::bundle_malformed || reason == Reject::too_large ||
                  reason == Reject::features_mismatch || reason == Reject::malformed,
              "a file that was read makes a bundle, or its weights or texts are beyond their bounds");
      continue;
    }
    const auto loaded = bundle::load(*packed);
    require(loaded.has_value(), "what was packed loads");
    require(loaded->features.size() == file->rows.size(), "a feature for each row");
    require(loaded->variants().size() == file->scored(), "a variant for each row that is scored");
  }
  return 0;
}
