// policy_explain.h: a policy in sentences, for a person who did not write it: what it accepts, what it never accepts,
// and what it leaves to somebody else.
#pragma once
#include "verifier/policy_toml.h"

namespace glovebox::verifier {

std::string explain(const PolicyFile& policy);
// known_by says which images a measurement stands for: "PCR0 5f2c...", "mr_td 91ab...", whichever its platform has.
std::string known_by(const Measurement& measurement);

}  // namespace glovebox::verifier
