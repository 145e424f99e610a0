// leakage.h: what the host could learn from one request, in words that every result and receipt carries
// (docs/threat-model.md, "Leakage").
#pragma once
#include <string>

#include "protocol/parameters.h"

namespace glovebox::scoring {

// leakage says it for these parameters (null: they were not read) and the envelope's size class.
// Of a slice it is leakage_of_slice, always.
std::string leakage(const protocol::Parameters* parameters, unsigned size_class);
std::string leakage_of_slice();

}  // namespace glovebox::scoring
