// policy_new.h: a first policy from reference values, with a comment at every line, for a person to read and change.
#pragma once
#include "attestation/reference_values.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

// policy_new writes the text of a policy that accepts exactly this image with exactly these models. [release] allows
// the purpose "risk-score" and the form "score"; broker-only limits are written as comments. policy_invalid or
// policy_empty if the text that would result is no policy.
Result<std::string> policy_new(const attestation::ReferenceValues& image, std::span<const ModelReference> models,
                               std::span<const BrokerReference> brokers);

}  // namespace glovebox::verifier
