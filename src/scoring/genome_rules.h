// genome_rules.h: how a request says a VCF is to be read, in the genome's own terms, and what to tell a person whose
// sites could not be read so.
#pragma once
#include "genome/reader.h"
#include "protocol/parameters.h"

namespace glovebox::scoring {

std::optional<genome::Build> build_of(const protocol::Parameters& parameters);

// rules_of takes the parameters of a VCF, whose input kind is declared.
genome::Rules rules_of(const protocol::Parameters& parameters);

// build_warning: where nobody can know on which build a file is.
std::optional<std::string> build_warning(genome::BuildStanding standing);
// warnings_of says of the sites that were not found as the model has them how many, why, and what would help.
std::vector<std::string> site_warnings(const genome::Dosages& dosages, const genome::Rules& rules, bool with_callable);
// warnings_of is both, and that a file has more people.
std::vector<std::string> warnings_of(const genome::Extracted& extracted, const genome::Rules& rules,
                                     bool with_callable);

}  // namespace glovebox::scoring
