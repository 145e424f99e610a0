#include <limits>

#include "scan/extraction.h"
#include "scoring/genome_rules.h"
#include "scoring/input.h"
#include "scoring/match_log.h"

namespace glovebox::scoring {
namespace {

// The data begins where the callable regions end: until then there is nothing to read it with.
class GenomeInput final : public Input {
 public:
  GenomeInput(const InputSetup& setup, genome::Panel panel)
      : setup_(setup), panel_(std::move(panel)), rules_(rules_of(setup.parameters)) {}

  Status callable(View piece) override {
    if (!regions_) regions_.emplace(panel_);
    return regions_->feed(piece);
  }

  Status feed(View piece) override {
    if (!begun()) GLOVEBOX_CHECK(begin());
    return reference_ ? reference_->feed(piece) : scan_->feed(piece);
  }

  Result<Notes> finish() override {
    if (!begun()) GLOVEBOX_CHECK(begin());
    GLOVEBOX_TRY(extracted, reference_ ? reference_->finish() : scan_->finish());
    return genome_row(setup_, extracted, regions_.has_value());
  }

  Result<std::optional<Notes>> read_by(const GenomeReader& reader) override {
    GLOVEBOX_TRY(asked, options());
    GLOVEBOX_TRY(extracted, reader(panel_, asked));
    if (!extracted) return std::optional<Notes>{};
    GLOVEBOX_TRY(notes, genome_row(setup_, *extracted, regions_.has_value()));
    return std::optional<Notes>(std::move(notes));
  }

 private:
  bool begun() const { return reference_ || scan_; }

  Result<genome::Options> options() {
    GLOVEBOX_CHECK(genome::check_rules(rules_, regions_.has_value()));
    genome::Options options{
        .build = build_of(setup_.parameters), .rules = rules_, .sample = setup_.parameters.sample, .limits = {}};
    options.limits.inflate.inflated_max = setup_.inflated_max;
    if (regions_ && !callable_) {
      GLOVEBOX_TRY(callable, regions_->finish());
      callable_ = std::make_shared<genome::Callable>(std::move(callable));
    }
    options.callable = callable_;
    return options;
  }

  Status begin() {
    GLOVEBOX_TRY(asked, options());
    if (setup_.reference_reader)
      reference_.emplace(panel_, std::move(asked));
    else
      scan_.emplace(panel_, std::move(asked));
    return {};
  }

  InputSetup setup_;
  genome::Panel panel_;
  genome::Rules rules_;
  std::optional<genome::CallableReader> regions_;
  std::shared_ptr<const genome::Callable> callable_;  // once the regions are read
  std::optional<genome::Extraction> reference_;
  std::optional<scan::Extraction> scan_;
};

// number_of is what a site's record says: its dosage, or that it has none.
std::uint32_t number_of(genome::Dosage dosage) {
  return static_cast<std::uint32_t>(dosage >= 0 ? dosage : protocol::slice_missing);
}
}  // namespace

Result<Notes> genome_row(const InputSetup& setup, const genome::Extracted& extracted, bool with_callable) {
  const auto& features = setup.bundle.features;
  std::vector<float> row(features.size());
  std::vector<How> hows(features.size());
  std::vector<protocol::SliceRecord> records(features.size());
  const model::Polygenic* score = setup.bundle.polygenic();
  std::vector<model::Dose> doses(score != nullptr ? features.size() : 0);
  std::size_t site = 0;
  std::uint64_t between = 0;  // sites with a dosage that their weights are not for
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (std::holds_alternative<bundle::Unscored>(features[i].what)) {
      row[i] = std::numeric_limits<float>::quiet_NaN();
      hows[i] = how(genome::Outcome::unsupported);
      records[i] = {.number = number_of(genome::missing_dosage), .alleles = 0, .how = hows[i]};
      continue;
    }
    if (features[i].is_value()) {
      GLOVEBOX_TRY(encoded, encode(features[i], setup.values.given(i)));
      row[i] = encoded.value;
      hows[i] = encoded.how;
      records[i] = record_of(encoded);
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
        ++between;
      }
    }
    records[i] = {.number = number_of(dosage),
                  .alleles = dosage >= 0 ? extracted.dosages.alleles[site] : std::uint8_t{0},
                  .how = hows[i]};
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
  GLOVEBOX_CHECK(setup.rows({extracted.sample, row, hows, doses, records}));
  Notes out{.build = std::string(genome::name(extracted.build)),
            .build_standing = std::string(genome::name(extracted.build_standing)),
            .with_callable = with_callable,
            .warnings = warnings_of(extracted, rules_of(setup.parameters), with_callable),
            .match_log = {}};
  if (between > 0)
    out.warnings.push_back(std::to_string(between) + (between == 1 ? " site: " : " sites: ") +
                           "a dosage between the 0, 1 and 2 that the model has weights for; taken as missing");
  if (setup.parameters.match_log)
    out.match_log = match_log(setup.bundle, extracted.dosages, hows, extracted.sample, setup.match_log_room);
  return out;
}

Result<std::unique_ptr<Input>> genome_input(const InputSetup& setup) {
  auto panel = bundle::panel_of(setup.bundle);
  if (!panel)
    return fail(Reject::features_mismatch, "a VCF",
                "a table or values: model " + setup.bundle.manifest.name + " has no sites");
  if (!setup.parameters.input_kind)
    return fail(Reject::input_kind_undeclared, "no input kind", "wgs-vcf, gvcf, array-imputed or panel");
  if (const auto declared = build_of(setup.parameters); declared && *declared != panel->build())
    return fail(Reject::build_mismatch, std::string(genome::name(*declared)),
                std::string(genome::name(panel->build())) + ", the build of model " + setup.bundle.manifest.name,
                "a model for your build, or the file called again on the model's; positions are never lifted over");
  return std::make_unique<GenomeInput>(setup, std::move(*panel));
}

}  // namespace glovebox::scoring
