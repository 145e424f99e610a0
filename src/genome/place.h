// place.h: where in a VCF something is wrong. Every refusal of a line names line, CHROM:POS and field, what was found
// and what was expected; what was found is quoted short and printable, whatever the bytes are.
#pragma once
#include "base/result.h"

namespace glovebox::genome {

struct Place {
  std::uint64_t line = 0;
  std::string_view chrom = {};
  std::string_view pos = {};
};

// quote shows at most 40 bytes of hostile text, with what cannot be printed as \xNN.
std::string quote(std::string_view text);
// fail_at writes "line 12, 22:5030, GT: 0/3".
std::unexpected<Error> fail_at(const Place& place, std::string_view field, std::string_view found, std::string expected,
                               std::string hint = {}, Reject reason = Reject::vcf_malformed);

}  // namespace glovebox::genome
