// match_log.h: one line for each site of a model, saying what of the file it was matched with: the columns of the PGS
// Catalog calculator's log, so that its readers know them, and two of our own (docs/spec/model.md, "Match log").
#pragma once
#include "bundle/bundle.h"
#include "genome/dosage.h"
#include "protocol/parameters.h"
#include "scoring/row.h"

namespace glovebox::scoring {

constexpr std::size_t match_log_line_max = 256;  // bytes of a line of the short form, with its newline

// match_log_class is the rows_class that a request for this model's log must have: its size is the model's, never a
// genome's. output_not_allowed where the model's sites are not public; too_large beyond 2^rows_class_max sites.
Result<unsigned> match_log_class(const bundle::Bundle& bundle);

// match_log writes the log. `hows` are the outcomes of all features, by place. The texts that a file or a model wrote
// are cut to 64 bytes; where `room` bytes are not enough, all lines are written in the short form, which cuts them to
// 8, the model's name to 16 and the sample's to 8. A cut text ends with "~".
std::string match_log(const bundle::Bundle& bundle, const genome::Dosages& dosages, std::span<const How> hows,
                      std::string_view sample, std::size_t room);

}  // namespace glovebox::scoring
