// pcr.h: platform configuration registers as Nitro has them: 48 bytes that can only be extended, never set. A register
// that is locked can no longer be extended.
#pragma once
#include <map>
#include <span>

#include "base/bytes.h"

namespace glovebox::attestation {

using Pcr = Array<48>;
using Pcrs = std::map<std::uint8_t, Pcr>;
constexpr std::size_t pcr_count = 32;
constexpr std::array<std::uint8_t, 3> pcrs_of_image = {0, 1, 2};
constexpr std::uint8_t pcr_models = 16;         // which models were loaded
constexpr std::uint8_t pcr_configuration = 17;  // what the host said at start

bool is_zero(const Pcr& value);
// extend is SHA384(old || data).
Pcr extend(const Pcr& old, View data);
// measure is what the platform makes of a content at start: SHA384(0^48 || SHA384(content)).
Pcr measure(View content);
// measure_digest is the same from the content's SHA-384, for contents that are read in pieces.
Pcr measure_digest(const Array<48>& digest);
// no_ramdisk is measure(""): PCR2 of an image with one ramdisk.
Pcr no_ramdisk();

// models_data and configuration_data are what the enclave extends PCR16 and PCR17 with; models_register and
// configuration_register the values that result. The order in which models are given does not matter.
Array<48> models_data(std::span<const Digest> models);
Array<48> configuration_data(const Digest& configuration);
Pcr models_register(std::span<const Digest> models);
Pcr configuration_register(const Digest& configuration);

}  // namespace glovebox::attestation
