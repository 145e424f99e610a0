// release_policy.h: what the owner of the data binds at encryption, and the broker applies at release.
#pragma once
#include "protocol/release_rules.h"

namespace glovebox::protocol {

constexpr std::string_view release_policy_label = "glovebox release policy v1";
constexpr std::size_t evidence_policy_size_max = 131072;
constexpr std::size_t release_policy_size_max = std::size_t{1} << 18;  // signed

struct ReleasePolicy {
  crypto::VerifyKey owner;
  Bytes evidence_policy;  // CBOR of docs/spec/policy.md, as its reader made it; opaque here
  ReleaseRules rules;

  Bytes encode() const;
  static Result<ReleasePolicy> parse(View payload);
  Digest digest() const;
  Bytes sign(const crypto::SigningKey& owner_key) const;
  // open checks the signature under the owner that the payload names; whether that is the right owner is decided by the
  // wrapped key or by the digest in the core. request_unauthentic, or parse's errors.
  static Result<Opened<ReleasePolicy>> open(View signed_policy);
  bool operator==(const ReleasePolicy&) const = default;
};

}  // namespace glovebox::protocol
