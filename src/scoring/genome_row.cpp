#include "scoring/genome_row.h"

#include <limits>

namespace glovebox::scoring {
namespace {
// number_of is what a site's record says: its dosage, or that it has none.
std::uint32_t number_of(genome::Dosage dosage) {
  return static_cast<std::uint32_t>(dosage >= 0 ? dosage : protocol::slice_missing);
}
}  // namespace

GenomeRow::GenomeRow(const InputSetup& setup)
    : setup_(setup),
      row_(setup.bundle.features.size()),
      hows_(setup.bundle.features.size()),
      records_(setup.bundle.features.size()),
      doses_(setup.bundle.polygenic() != nullptr ? setup.bundle.features.size() : 0) {}

Status GenomeRow::hand_out(std::string_view sample, const genome::Dosages& dosages) {
  const auto& features = setup_.bundle.features;
  std::size_t site = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (std::holds_alternative<bundle::Unscored>(features[i].what)) {
      row_[i] = std::numeric_limits<float>::quiet_NaN();
      hows_[i] = how(genome::Outcome::unsupported);
      records_[i] = {.number = number_of(genome::missing_dosage), .alleles = 0, .how = hows_[i]};
    } else if (features[i].is_value()) {
      GLOVEBOX_TRY(encoded, encode(features[i], setup_.values.given(i)));
      row_[i] = encoded.value;
      hows_[i] = encoded.how;
      records_[i] = record_of(encoded);
    } else {
      GLOVEBOX_CHECK(set_site(i, site++, dosages));
    }
  }
  return setup_.rows({sample, row_, hows_, doses_, records_});
}

Status GenomeRow::set_site(std::size_t feature, std::size_t site, const genome::Dosages& dosages) {
  const bundle::Feature& what = setup_.bundle.features[feature];
  genome::Dosage dosage = dosages.dosage[site];
  hows_[feature] = how(dosages.outcome[site]);
  if (const model::Polygenic* const score = setup_.bundle.polygenic()) {
    model::Dose& dose = doses_[feature];
    dose = {};
    if (dosage >= 0)
      dose = {.dosage = dosage,
              .alleles = dosages.alleles[site],
              .expected = dosages.outcome[site] == genome::Outcome::frequency_assumed};
    if (dosage >= 0 && !score->terms[feature].takes(dose)) {  // 1.2 copies, where the weights are of 0, 1 and 2
      dose = {};
      dosage = genome::missing_dosage;
      hows_[feature] = how(genome::Outcome::unsupported);
      ++between_;
    }
  }
  records_[feature] = {.number = number_of(dosage),
                       .alleles = dosage >= 0 ? dosages.alleles[site] : std::uint8_t{0},
                       .how = hows_[feature]};
  if (dosage >= 0) {
    row_[feature] = static_cast<float>(static_cast<double>(dosage) / genome::dosage_unit);
    return {};
  }
  const bundle::Missing& missing = what.missing;
  if (missing.kind == bundle::Missing::Kind::refuse)
    return fail(Reject::value_missing, "site \"" + what.name + "\" is " + std::string(name(hows_[feature])),
                "a call: this model needs it");
  row_[feature] =
      missing.kind == bundle::Missing::Kind::number ? missing.number : std::numeric_limits<float>::quiet_NaN();
  return {};
}

std::vector<std::string> GenomeRow::warnings() const {
  if (between_ == 0) return {};
  return {std::to_string(between_) + (between_ == 1 ? " site: " : " sites: ") +
          "a dosage between the 0, 1 and 2 that the model has weights for; taken as missing"};
}

}  // namespace glovebox::scoring
