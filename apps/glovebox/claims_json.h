// claims_json.h: what evidence says of itself, as one JSON object, "verified": false. An appraisal's own JSON is
// verifier::to_json.
#pragma once
#include <string>

#include "attestation/evidence.h"
#include "attestation/nitro_document.h"
#include "wire/info.h"

namespace glovebox::app {

std::string claims_json(const attestation::NitroDocument& document);
std::string claims_json(const attestation::Evidence& evidence);
// With what the host says beside it (`glovebox info` without a policy).
std::string claims_json(const attestation::Evidence& evidence, const wire::Info& info);

}  // namespace glovebox::app
