// report.h: what a score means, by the words of the model's manifest.
#pragma once
#include "protocol/parameters.h"
#include "result/result.h"
#include "scoring/input.h"

namespace glovebox::scoring {

// begin_report fills in what the bundle says before any data.
result::Report begin_report(const bundle::Bundle& bundle);
// place sets the row's percentile and, where enough of the model was found (`covered`), its category.
void place(const bundle::Bundle& bundle, bool covered, const result::Report& report, result::Row& row);
// end_report fills in quality, warnings, and why there is no category.
void end_report(const bundle::Bundle& bundle, const protocol::Parameters& parameters, const Tally& tally,
                const Notes& notes, std::uint64_t below_gate, result::Report& report);

}  // namespace glovebox::scoring
