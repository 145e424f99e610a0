// policy_explain.h: a policy in sentences, for a person who did not write it: what it accepts, what it never accepts,
// and what it leaves to somebody else.
#pragma once
#include "verifier/policy_toml.h"

namespace glovebox::verifier {

std::string explain(const PolicyFile& policy);

}  // namespace glovebox::verifier
