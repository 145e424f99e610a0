#include "scoring/match_log.h"

#include <algorithm>

namespace glovebox::scoring {
namespace {
constexpr std::string_view header =
    "row_nr\taccession\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\teffect_type\tID\tREF\tALT\t"
    "matched_effect_allele\tmatch_type\tis_multiallelic\tambiguous\tmatch_flipped\tbest_match\texclude\t"
    "duplicate_best_match\tduplicate_ID\tmatch_status\tdataset\toutcome\tdosage\n";

// Widths are how many bytes of a text a line shows.
struct Widths {
  std::size_t text, accession, sample, weight;
};
constexpr Widths long_form{64, 64, 64, 128};
constexpr Widths short_form{8, 16, 8, 36};

// cell writes a text that others wrote: no tab or newline may break the line.
void cell(std::string& out, std::string_view text, std::size_t width) {
  const bool cut = text.size() > width;
  for (const char c : text.substr(0, cut ? width - 1 : width)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  if (cut) out += '~';
  out += '\t';
}

void flag(std::string& out, bool value) {
  out += value ? "true\t" : "false\t";
}

char complement(char base) {
  switch (base) {
    case 'A':
      return 'T';
    case 'C':
      return 'G';
    case 'G':
      return 'C';
    case 'T':
      return 'A';
    default:
      return base;
  }
}

// in_decimal writes millionths without zeros at the end: 1500000 is "1.5".
std::string in_decimal(genome::Dosage millionths) {
  std::string out = std::to_string(millionths / genome::dosage_unit);
  std::string rest = std::to_string(genome::dosage_unit + millionths % genome::dosage_unit).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return rest.empty() ? out : out + "." + rest;
}

// weight_of is a term's weight, or the three of 0, 1 and 2 copies. Trees have none.
std::string weight_of(const bundle::Bundle& bundle, std::size_t feature) {
  const model::Polygenic* score = bundle.polygenic();
  if (score == nullptr) return {};
  const model::Term& term = score->terms[feature];
  std::string out = model::to_decimal(term.weights[0], model::weight_places);
  if (term.effect != model::Effect::by_count) return out;
  for (const std::size_t copies : {1U, 2U}) out += "/" + model::to_decimal(term.weights[copies], model::weight_places);
  return out;
}

// match_type says, in the calculator's words, which of the record's alleles is the effect allele.
std::string match_type(const genome::Site& site, const genome::Matched& matched) {
  if (matched.ref.empty()) return {};
  std::string out = site.other_allele.empty() ? (matched.effect_is_ref ? "no_oa_ref" : "no_oa_alt")
                                              : (matched.effect_is_ref ? "refalt" : "altref");
  return matched.flipped ? out + "_flip" : out;
}

std::string_view status_of(genome::Outcome outcome, bool with_record) {
  switch (outcome) {
    case genome::Outcome::matched:
    case genome::Outcome::matched_swapped:
    case genome::Outcome::matched_flipped:
    case genome::Outcome::matched_no_other_allele:
    case genome::Outcome::homref_from_block:
      return "matched";
    default:
      return with_record ? "excluded" : "unmatched";
  }
}

struct Line {
  std::size_t row;
  const bundle::Feature& feature;
  const genome::Site* site;  // null: a row that has none
  const genome::Matched& matched;
  genome::Outcome outcome;
  genome::Dosage dosage;
};

void write(std::string& out, const bundle::Bundle& bundle, const Line& line, std::string_view sample,
           const Widths& widths) {
  const genome::Matched& m = line.matched;
  const bool with_record = !m.ref.empty();
  const std::string_view status = status_of(line.outcome, with_record);
  out += std::to_string(line.row) + '\t';
  cell(out, bundle.manifest.name, widths.accession);
  std::string effect;
  if (line.site != nullptr) {
    effect = line.site->effect_allele;
    out += std::string(genome::name(line.site->chromosome)) + '\t' + std::to_string(line.site->position) + '\t';
    cell(out, effect, widths.text);
    cell(out, line.site->other_allele, widths.text);
  } else {
    out += "\t\t\t\t";
  }
  cell(out, weight_of(bundle, line.row), widths.weight);
  if (const auto* score = bundle.polygenic()) out += model::name(score->terms[line.row].effect);
  out += '\t';
  cell(out, m.id == "." ? "" : m.id, widths.text);
  cell(out, m.ref, widths.text);
  cell(out, m.alt, widths.text);
  if (m.flipped) std::ranges::transform(effect, effect.begin(), complement);
  cell(out, with_record ? effect : "", widths.text);
  out += (line.site != nullptr ? match_type(*line.site, m) : "") + '\t';
  flag(out, m.multiallelic);
  flag(out, m.palindromic);
  flag(out, m.flipped);
  flag(out, status == "matched");
  flag(out, status == "excluded");
  flag(out, false);  // one scoring row never has two best matches here: two records are a duplicate
  flag(out, line.outcome == genome::Outcome::duplicate);
  out += std::string(status) + '\t';
  cell(out, sample, widths.sample);
  out += std::string(genome::name(line.outcome)) + '\t';
  if (line.dosage >= 0) out += in_decimal(line.dosage);
  out += '\n';
}

std::string write_all(const bundle::Bundle& bundle, const genome::Dosages& dosages, std::span<const How> hows,
                      std::string_view sample, const Widths& widths) {
  static const genome::Matched nothing;
  std::string out(header);
  std::size_t site = 0;
  for (std::size_t i = 0; i < bundle.features.size(); ++i) {
    const auto& feature = bundle.features[i];
    if (hows[i] >= genome::outcomes_end) continue;  // a plain value
    const auto outcome = static_cast<genome::Outcome>(hows[i]);
    const auto* place = std::get_if<genome::Site>(&feature.what);
    const genome::Dosage dosage =
        place != nullptr && genome::gives_dosage(outcome) ? dosages.dosage[site] : genome::missing_dosage;
    const genome::Matched& matched =
        place != nullptr && site < dosages.matches.size() ? dosages.matches[site] : nothing;
    write(out, bundle, {i, feature, place, matched, outcome, dosage}, sample, widths);
    if (place != nullptr) ++site;
  }
  return out;
}
}  // namespace

Result<unsigned> match_log_class(const bundle::Bundle& bundle) {
  if (!bundle.manifest.sites_public)
    return fail(Reject::output_not_allowed, "a match log of model " + bundle.manifest.name,
                "a model whose owner makes its sites public");
  const auto lines = static_cast<std::size_t>(
      std::ranges::count_if(bundle.features, [](const bundle::Feature& f) { return !f.is_value(); }));
  auto out = protocol::rows_class_for(lines);
  if (!out)
    return fail(Reject::too_large, "a match log of " + std::to_string(lines) + " sites",
                "at most " + std::to_string(std::size_t{1} << protocol::rows_class_max),
                "`glovebox check --match-log` writes it on your own machine, from the same code");
  return out;
}

std::string match_log(const bundle::Bundle& bundle, const genome::Dosages& dosages, std::span<const How> hows,
                      std::string_view sample, std::size_t room) {
  std::string out = write_all(bundle, dosages, hows, sample, long_form);
  if (out.size() - header.size() > room) out = write_all(bundle, dosages, hows, sample, short_form);
  return out;
}

}  // namespace glovebox::scoring
