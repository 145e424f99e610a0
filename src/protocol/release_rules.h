// release_rules.h: what the owner of the data demands of every release (docs/spec/policy.md, `[release]`).
#pragma once
#include "protocol/parameters.h"

namespace glovebox::protocol {

constexpr std::string_view release_rules_label = "glovebox release rules v1";
constexpr std::size_t release_rules_size_max = 8192;
constexpr std::uint64_t maximum_uses_max = 1'000'000;
constexpr std::size_t requesters_max = 64;

struct ReleaseRules {
  std::string purpose;
  std::optional<Time> not_before = {};  // whole seconds
  std::optional<Time> not_after = {};
  std::optional<std::uint64_t> maximum_uses = {};
  std::vector<OutputForm> output_forms = {};       // sorted by word, none twice; encode sorts
  std::vector<crypto::VerifyKey> requesters = {};  // sorted, none twice; encode sorts

  Bytes encode() const;
  // parse: as Request::parse; policy_empty without purpose or output form, policy_invalid for a rule that no policy may
  // have (uses 0, not_after before not_before).
  static Result<ReleaseRules> parse(View encoded);
  // check is what parse requires of the values, for who makes rules from a file.
  Status check() const;
  bool operator==(const ReleaseRules&) const = default;

  Status allows_time(Time now) const;                   // not_yet_valid, expired
  Status allows_purpose(std::string_view asked) const;  // purpose_not_allowed
  Status allows_output(OutputForm form) const;          // output_not_allowed
  // allows_requester: the owner, or one named. requester_not_allowed.
  Status allows_requester(const crypto::VerifyKey& owner, const crypto::VerifyKey& requester) const;
  // allows_use: one more use after `uses` of them. uses_exhausted.
  Status allows_use(std::uint64_t uses) const;
};

// check_enforceable refuses a rule that no stanza of the envelope can enforce, given the stanzas' types ("live",
// "broker", "enclave", "hpke"): policy_unenforceable.
Status check_enforceable(const ReleaseRules& rules, std::span<const std::string_view> stanza_types);

}  // namespace glovebox::protocol
