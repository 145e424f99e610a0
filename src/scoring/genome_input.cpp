#include <limits>

#include "scoring/input.h"

namespace glovebox::scoring {
namespace {

std::optional<genome::Build> build_of(const std::optional<protocol::Build>& build) {
  if (!build) return std::nullopt;
  return *build == protocol::Build::grch37 ? genome::Build::grch37 : genome::Build::grch38;
}

genome::Absence absence_of(const std::optional<protocol::Absence>& absence) {
  if (!absence) return genome::Absence::undeclared;
  switch (*absence) {
    case protocol::Absence::homref:
      return genome::Absence::homref;
    case protocol::Absence::missing:
      return genome::Absence::missing;
    case protocol::Absence::frequency:
      return genome::Absence::frequency;
  }
  std::unreachable();
}

genome::InputKind kind_of(const std::optional<protocol::InputKind>& kind) {
  if (!kind) return genome::InputKind::wgs_vcf;  // refused by genome_input
  switch (*kind) {
    case protocol::InputKind::wgs_vcf:
      return genome::InputKind::wgs_vcf;
    case protocol::InputKind::gvcf:
      return genome::InputKind::gvcf;
    case protocol::InputKind::array_imputed:
      return genome::InputKind::array_imputed;
    case protocol::InputKind::panel:
      return genome::InputKind::panel;
  }
  std::unreachable();
}

class GenomeInput final : public Input {
 public:
  GenomeInput(const InputSetup& setup, genome::Panel panel)
      : setup_(setup), panel_(std::move(panel)), extraction_(panel_, options(setup)) {}

  Status feed(View piece) override { return extraction_.feed(piece); }

  Result<Notes> finish() override {
    GLOVEBOX_TRY(extracted, extraction_.finish());
    const auto& features = setup_.bundle.features;
    std::vector<float> row(features.size());
    std::vector<How> hows(features.size());
    const model::Polygenic* score = setup_.bundle.polygenic();
    std::vector<model::Dose> doses(score != nullptr ? features.size() : 0);
    std::size_t site = 0;
    for (std::size_t i = 0; i < features.size(); ++i) {
      if (std::holds_alternative<bundle::Unscored>(features[i].what)) {
        row[i] = std::numeric_limits<float>::quiet_NaN();
        hows[i] = how(genome::Outcome::unsupported);
        continue;
      }
      if (features[i].is_value()) {
        GLOVEBOX_TRY(encoded, encode(features[i], setup_.values.given(i)));
        row[i] = encoded.value;
        hows[i] = encoded.how;
        continue;
      }
      genome::Dosage dosage = extracted.dosages.dosage[site];
      hows[i] = how(extracted.dosages.outcome[site]);
      if (score != nullptr && dosage >= 0) {
        doses[i] = {.dosage = dosage,
                    .alleles = extracted.dosages.alleles[site],
                    .expected = extracted.dosages.outcome[site] == genome::Outcome::frequency_assumed};
        if (!score->terms[i].takes(doses[i])) {  // 1.2 copies, where the weights are of 0, 1 and 2
          doses[i] = {};
          dosage = genome::missing_dosage;
          hows[i] = how(genome::Outcome::unsupported);
        }
      }
      ++site;
      if (dosage >= 0) {
        row[i] = static_cast<float>(static_cast<double>(dosage) / genome::dosage_unit);
        continue;
      }
      const auto& missing = features[i].missing;
      if (missing.kind == bundle::Missing::Kind::refuse)
        return fail(Reject::value_missing, "site \"" + features[i].name + "\" is " + std::string(name(hows[i])),
                    "a call: this model needs it");
      row[i] = missing.kind == bundle::Missing::Kind::number ? missing.number : std::numeric_limits<float>::quiet_NaN();
    }
    GLOVEBOX_CHECK(setup_.rows({extracted.sample, row, hows, doses}));
    return notes(extracted);
  }

 private:
  static genome::Options options(const InputSetup& setup) {
    genome::Options out{
        .build = build_of(setup.parameters.build),
        .rules = {.kind = kind_of(setup.parameters.input_kind), .absence = absence_of(setup.parameters.absence)},
        .sample = setup.parameters.sample,
        .limits = {}};
    out.limits.inflate.inflated_max = setup.inflated_max;
    return out;
  }

  static Notes notes(const genome::Extracted& extracted) {
    using genome::Outcome;
    Notes out{.build = std::string(genome::name(extracted.build)),
              .build_standing = std::string(genome::name(extracted.build_standing))};
    if (extracted.build_standing == genome::BuildStanding::declared_not_checked)
      out.warnings.emplace_back("build: declared, not checked: the file does not say on which build it is");
    const auto warn = [&](auto what, std::string_view words) {
      if (const std::uint64_t n = extracted.dosages.count(what))
        out.warnings.push_back(std::to_string(n) + (n == 1 ? " site: " : " sites: ") + std::string(words));
    };
    warn(Outcome::unsupported, "a form of call that is not read; taken as missing");
    warn(genome::Hint::input_kind, "in a gVCF's reference block, which input kind gvcf reads");
    warn(genome::Hint::x_male, "one allele on X, and no --x-male that says whether it counts once or twice");
    warn(genome::Hint::sex, "on X, where without a call only --sex says how many alleles there are");
    warn(genome::Hint::dosage, "not the FORMAT field that is read: GT, DS or GP, by --dosage");
    warn(Outcome::filtered, "the filter did not pass, or the quality is below the minimum; taken as missing");
    warn(genome::Hint::quality, "no GQ or depth to compare with the minimum; --min-gq 0 asks for none");
    warn(Outcome::duplicate, "two records for one site; taken as missing");
    warn(Outcome::allele_absent, "other alleles than the model's; taken as missing");
    if (extracted.samples > 1)
      out.warnings.push_back("the file holds " + std::to_string(extracted.samples) + " samples; only " +
                             extracted.sample + " was scored");
    return out;
  }

  InputSetup setup_;
  genome::Panel panel_;
  genome::Extraction extraction_;
};

}  // namespace

Result<std::unique_ptr<Input>> genome_input(const InputSetup& setup) {
  auto panel = bundle::panel_of(setup.bundle);
  if (!panel)
    return fail(Reject::features_mismatch, "a VCF",
                "a table or values: model " + setup.bundle.manifest.name + " has no sites");
  if (!setup.parameters.input_kind)
    return fail(Reject::input_kind_undeclared, "no input kind", "wgs-vcf, gvcf, array-imputed or panel");
  if (const auto declared = build_of(setup.parameters.build); declared && *declared != panel->build())
    return fail(Reject::build_mismatch, std::string(genome::name(*declared)),
                std::string(genome::name(panel->build())) + ", the build of model " + setup.bundle.manifest.name,
                "a model for your build, or the file called again on the model's; positions are never lifted over");
  return std::make_unique<GenomeInput>(setup, std::move(*panel));
}

}  // namespace glovebox::scoring
