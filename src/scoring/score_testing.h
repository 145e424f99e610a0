// score_testing.h: from a scoring file to one person's sums, without the request around it.
#pragma once
#include "bundle/pgs_pack.h"
#include "genome/reader.h"
#include "scoring/plink2_testing.h"

namespace glovebox::scoring::test {
using namespace glovebox::test;

inline bundle::ScoringFile scoring_file(View bytes, genome::Build build) {
  auto file = bundle::read_scoring_file(
      bytes, {.build = build == genome::Build::grch37 ? bundle::Build::grch37 : bundle::Build::grch38});
  EXPECT_TRUE(file) << describe(file.error_or(Error{}));
  return std::move(file).value();
}
inline bundle::Bundle bundle_of(const bundle::ScoringFile& file) {
  const auto packed = bundle::pack_score(file, {.name = "side-by-side", .coverage_gate = 0.0F});
  EXPECT_TRUE(packed) << describe(packed.error_or(Error{}));
  auto loaded = bundle::load(packed.value());
  EXPECT_TRUE(loaded) << describe(loaded.error_or(Error{}));
  return std::move(loaded).value();
}

// Scored is one person: the sums, and for each of the bundle's variants what became of it.
struct Scored {
  model::Sums sums;
  std::vector<genome::Outcome> outcome;
  std::vector<genome::Dosage> dosage;
  std::vector<bool> used;  // by the sum
  std::size_t count(genome::Outcome o) const { return static_cast<std::size_t>(std::ranges::count(outcome, o)); }
};

class Scorer {
 public:
  explicit Scorer(const bundle::Bundle& bundle)
      : bundle_(bundle), panel_(bundle::panel_of(bundle).value()), variants_(bundle.variants()) {}

  Scored score(const std::string& vcf, const genome::Options& options) const {
    genome::Extraction extraction(panel_, options);
    (void)extraction.feed(view_of(vcf));
    const auto got = extraction.finish();
    EXPECT_TRUE(got) << describe(got.error_or(Error{}));
    if (!got) return {};
    const model::Polygenic& model = *bundle_.polygenic();
    std::vector<model::Dose> doses(bundle_.features.size());
    std::vector<bool> used(variants_.size());
    for (std::size_t site = 0; site < variants_.size(); ++site) {
      const model::Dose dose{.dosage = got->dosages.dosage[site],
                             .alleles = got->dosages.alleles[site],
                             .expected = got->dosages.outcome[site] == genome::Outcome::frequency_assumed};
      used[site] = dose.dosage >= 0 && model.terms[variants_[site]].takes(dose);
      if (used[site]) doses[variants_[site]] = dose;
    }
    return {model::sum_of(model, doses), got->dosages.outcome, got->dosages.dosage, used};
  }

 private:
  const bundle::Bundle& bundle_;
  genome::Panel panel_;
  std::vector<std::size_t> variants_;
};

inline genome::Options options_of(genome::Build build, genome::Absence absence) {
  genome::Options out{.build = build};
  out.rules.absence = absence;
  out.rules.x_male = genome::MaleX::doubled;
  return out;
}

}  // namespace glovebox::scoring::test
