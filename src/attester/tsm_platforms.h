// tsm_platforms.h: what differs between the platforms behind configfs-tsm: how the driver's bytes become a document,
// and where the hardware keeps what a guest was started with. Between tsm_attester.cpp and its platforms; no part of
// the layer's interface.
#pragma once
#include <span>

#include "attester/tsm.h"

namespace glovebox::attester {

struct TsmPlatform {
  std::string_view provider;
  attestation::Platform platform;
  // document is the evidence, held against what was written: platform_failed where it is of anything else.
  Result<Bytes> (*document)(const TsmReport& asked, View inblob);
  // same_inputs: what the host started the guest with is what it hands it now. platform_failed.
  Status (*same_inputs)(View document, const Digest& configuration, std::span<const Digest> models);
};
// tsm_platform finds it by its driver's name; nullptr for one that nobody here knows.
const TsmPlatform* tsm_platform(std::string_view provider);
std::string tsm_providers();  // "sev_guest, tdx_guest, arm_cca_guest"

}  // namespace glovebox::attester
