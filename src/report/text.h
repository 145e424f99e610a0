// text.h: a checked result in words, for a terminal and as a table.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "result/result.h"

namespace glovebox::report {

// Proof is what the client checked, as lines of a label and words: which enclave, model, policy, receipt.
struct Proof {
  bool development = false;
  std::vector<std::pair<std::string, std::string>> lines;
  std::vector<std::string> unchecked = {};  // what the policy left unchecked of the evidence, by its words
};
constexpr std::string_view development_notice = "DEVELOPMENT ENCLAVE: no hardware protection";

// short_number writes a float as a person reads it ("0.312"); exact_number so that it reads back to the same bits.
std::string short_number(float value);
std::string exact_number(float value);
std::string exact_number(double value);
std::string short_number(double value);
// Comparison is one way in which a score is told beside others': "Z_norm1", "0.67", and what that is.
struct Comparison {
  std::string label, number, words;
};
// sums_of is SUM, DENOM and AVG of a polygenic score; standing_of is Z, Z_norm1 and Z_norm2 as far as there are any.
std::vector<Comparison> sums_of(const result::Row& row);
std::vector<Comparison> standing_of(const result::Report& report, const result::Row& row);
// ordinal writes a percentile: "31st".
std::string ordinal(float percentile);
std::string escape_html(std::string_view text);
// printable puts a question mark for each control byte: a name that a file supplied may hold tabs or worse, which a
// table and a terminal must not.
std::string printable(std::string_view text);

// title names a row for a person: a sample, or a table's line, whose number is its id.
std::string title(const result::Report& report, const result::Row& row);
// to_text is what a person sees after `glovebox score`, for one row: the score, its picture, the data's quality.
// proof_text is what was checked and what the model's owner says, the same for all rows of one run.
std::string to_text(const result::Report& report, const result::Row& row);
std::string proof_text(const result::Report& report, const Proof& proof);
// remarks_text is the part of to_text that holds for all rows of a report: how the data was read, and warnings.
std::string remarks_text(const result::Report& report);
// to_tsv is one line a row under a header line: id, prediction(s), margin(s), SUM, DENOM, AVG,
// percentile, Z, Z_norm1, Z_norm2, category, coverage; "." where there is none.
std::string tsv_header(const result::Report& report);
std::string tsv_row(const result::Report& report, const result::Row& row);

}  // namespace glovebox::report
