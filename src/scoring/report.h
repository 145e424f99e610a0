// report.h: what a score means, by the words of the model's manifest.
#pragma once
#include "protocol/parameters.h"
#include "result/result.h"
#include "scoring/input.h"
#include "scoring/standing.h"

namespace glovebox::scoring {

// begin_report fills in what the bundle says before any data. The reference is the one compared with, or null.
result::Report begin_report(const bundle::Bundle& bundle, const bundle::Reference* reference);
// Values are what a model says of one row.
struct Values {
  std::vector<float> margins = {};  // with predictions, of trees
  std::vector<float> predictions = {};
  std::optional<model::Sums> sums = {};  // of a polygenic score
};
// result_row says what they mean. Standing::place's errors.
Result<result::Row> result_row(const bundle::Bundle& bundle, const Standing& standing, std::string_view id,
                               Values values, bool covered, std::span<const result::Category> categories);
// end_report fills in quality, warnings, the match log, and why there is no category.
void end_report(const bundle::Bundle& bundle, const protocol::Parameters& parameters, const Tally& tally,
                const Notes& notes, std::uint64_t below_gate, result::Report& report);

// add_row_qualities gives each row of a finished report what was counted of it, in the order of the report's counts.
void add_row_qualities(std::span<const RowCounts> rows, const Tally& tally, result::Report& report);

}  // namespace glovebox::scoring
