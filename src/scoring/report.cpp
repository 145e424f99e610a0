#include "scoring/report.h"

#include <cstdio>

#include "crypto/hash.h"

namespace glovebox::scoring {
namespace {

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

// fewer keeps every so many of a long list of quantiles, ends included: enough for a picture.
std::vector<float> fewer(const std::vector<float>& quantiles) {
  if (quantiles.size() <= result::quantiles_max) return quantiles;
  std::vector<float> out(result::quantiles_max);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = quantiles[i * (quantiles.size() - 1) / (out.size() - 1)];
  return out;
}

}  // namespace

result::Report begin_report(const bundle::Bundle& bundle, const bundle::Reference* reference) {
  const bundle::Manifest& manifest = bundle.manifest;
  result::Report out{.model = manifest.name,
                     .version = manifest.version,
                     .model_digest = bundle.digest,
                     .output = manifest.output,
                     .output_names = manifest.output_names,
                     .leakage = {}};
  for (const auto& category : manifest.categories)
    out.categories.push_back({.below = category.below, .name = category.name, .words = category.words});
  if (reference != nullptr)
    out.reference = {.name = reference->name,
                     .quantiles = fewer(reference->scores.empty() ? reference->quantiles : reference->scores)};
  const auto say = [&out](std::string_view before, const std::string& words) {
    if (!words.empty() && out.statements.size() < result::list_max)
      out.statements.push_back(std::string(before) + words);
  };
  say("", manifest.not_medical_device);
  say("intended use: ", manifest.intended_use);
  for (const auto& words : manifest.real) say("real: ", words);
  for (const auto& words : manifest.simulated) say("simulated: ", words);
  say("citation: ", manifest.citation);
  say("licence: ", manifest.licence);
  return out;
}

Result<result::Row> result_row(const bundle::Bundle& bundle, const Standing& standing, std::string_view id,
                               Values values, bool covered, std::span<const result::Category> categories) {
  result::Row out{.id = std::string(id), .margins = {}, .predictions = {}};
  double score = 0;  // what percentile, Z and category look at, unrounded
  if (values.sums) {
    const model::Sums& sums = *values.sums;
    out.sums = result::Sums{.sum = sums.sum_text(),
                            .denominator = sums.denominator,
                            .average = sums.average(),
                            .dosage_sum = sums.dosage_sum_text()};
    const bool average = bundle.manifest.output_value == bundle::OutputValue::average;
    score = average ? sums.average() : model::to_double(sums.sum, model::sum_places);
    out.margins = {static_cast<float>(score)};
    out.predictions = {static_cast<float>(score)};
  } else {
    out.margins = std::move(values.margins);
    out.predictions = std::move(values.predictions);
    const bool of_margin = bundle.manifest.output_value == bundle::OutputValue::margin;
    score = static_cast<double>(of_margin ? out.margins.front() : out.predictions.front());
  }
  GLOVEBOX_CHECK(standing.place(score, out));
  if (covered) out.category = result::category_of(static_cast<float>(score), categories);
  return out;
}

void end_report(const bundle::Bundle& bundle, const protocol::Parameters& parameters, const Tally& tally,
                const Notes& notes, std::uint64_t below_gate, result::Report& report) {
  result::Quality& quality = report.quality;
  quality.asked = tally.asked();
  quality.used = tally.used();
  quality.coverage = static_cast<float>(tally.coverage());
  for (std::size_t i = 0; i < hows_end; ++i) {
    const auto how = static_cast<How>(i);
    if (tally.number(how) > 0)
      quality.counts.push_back({.outcome = std::string(name(how)),
                                .number = tally.number(how),
                                .weight = static_cast<float>(tally.weight(how))});
  }
  quality.build = notes.build;
  quality.build_standing = notes.build_standing;
  if (parameters.input_kind) quality.input_kind = std::string(protocol::name(*parameters.input_kind));
  if (parameters.absence)
    quality.absence =
        std::string(protocol::name(*parameters.absence)) + (notes.with_callable ? ", where callable" : "");
  report.warnings = notes.warnings;
  if (bundle.polygenic() != nullptr) {
    const bundle::ScoreCounts counts = bundle::score_counts(bundle);
    std::string why;
    for (const auto& [word, number] : counts.by_why)
      why += (why.empty() ? "" : ", ") + std::to_string(number) + " " + std::string(bundle::name(word));
    if (counts.unscored > 0)
      report.warnings.push_back(std::to_string(counts.unscored) + " of the model's " +
                                std::to_string(counts.unscored + counts.scored) + " rows are never scored (" + why +
                                "); they weigh " + percent(counts.unscored_weight) + " of it");
  }
  report.match_log = notes.match_log;
  if (report.match_log) quality.match_log = crypto::sha256(view_of(*report.match_log));
  if (below_gate == 0 || bundle.manifest.categories.empty()) return;
  const std::string gate = percent(static_cast<double>(bundle.manifest.coverage_gate));
  report.no_category =
      tally.rows() == 1
          ? percent(tally.coverage()) + " of the model, by weight, was found; below " + gate + " it gives no category"
          : std::to_string(below_gate) + " of " + std::to_string(tally.rows()) + " rows have less than " + gate +
                " of the model, by weight, and no category";
}

void add_row_qualities(std::span<const RowCounts> rows, const Tally& tally, result::Report& report) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    result::RowQuality quality{.used = 0, .coverage = static_cast<float>(rows[row].coverage), .numbers = {}};
    for (std::size_t i = 0; i < hows_end; ++i) {
      const auto how = static_cast<How>(i);
      if (tally.number(how) == 0) continue;  // as end_report lists them
      quality.numbers.push_back(rows[row].numbers[i]);
      if (counts_as_used(how)) quality.used += rows[row].numbers[i];
    }
    report.rows[row].quality = std::move(quality);
  }
}

}  // namespace glovebox::scoring
