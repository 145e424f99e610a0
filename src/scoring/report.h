// report.h: what a score means, by the words of the model's manifest.
#pragma once
#include "protocol/parameters.h"
#include "result/result.h"
#include "scoring/input.h"

namespace glovebox::scoring {

// begin_report fills in what the bundle says before any data. The reference is the one compared with, or null.
result::Report begin_report(const bundle::Bundle& bundle, const bundle::Reference* reference);
// end_report fills in quality, warnings, the match log, and why there is no category.
void end_report(const bundle::Bundle& bundle, const protocol::Parameters& parameters, const Tally& tally,
                const Notes& notes, std::uint64_t below_gate, result::Report& report);

}  // namespace glovebox::scoring
