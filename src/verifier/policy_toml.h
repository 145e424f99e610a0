// policy_toml.h: the one reader of the policy that a person writes (docs/spec/policy.md): strict TOML, both tables.
#pragma once
#include "protocol/release_rules.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

struct PolicyFile {
  EvidencePolicy evidence;
  std::optional<protocol::ReleaseRules> release = {};  // nothing where the file has no [release]
  bool operator==(const PolicyFile&) const = default;
};

// parse_policy reads a policy: policy_empty for what must be said and is not, policy_invalid for anything else (an
// unknown key, a value out of bounds, no TOML), mixed_roots; too_large beyond 64 KiB.
Result<PolicyFile> parse_policy(View toml);

}  // namespace glovebox::verifier
