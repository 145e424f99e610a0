// reference_values_file.h: reads what attestation/reference_values.h writes.
#pragma once
#include "attestation/reference_values.h"

namespace glovebox::verifier {

constexpr std::size_t reference_values_size_max = 16384;

// parse_reference_values reads the TOML file; policy_invalid, policy_empty. Unknown keys are refused, zero registers
// too.
Result<attestation::ReferenceValues> parse_reference_values(View toml);

}  // namespace glovebox::verifier
