// policy_arm.h: the part of a policy that is Arm's own (docs/spec/policy.md, tables [evidence.arm-psa] and
// [evidence.arm-cca]). What is not checked must be written out, and stands in every result.
#pragma once
#include "attestation/platform.h"
#include "verifier/enrolled_key.h"

namespace glovebox::verifier {

constexpr std::size_t arm_versions_max = 64;
constexpr std::size_t arm_implementations_max = 64;

// ArmPiece is a software component as a policy accepts it. Its role counts where it is named.
struct ArmPiece {
  std::string type;  // empty: any
  Bytes signer;
  Bytes measurement;
  auto operator<=>(const ArmPiece&) const = default;
};

// ArmSoftware is a version of a platform's software: exactly these components, in any order.
struct ArmSoftware {
  std::string version;
  std::vector<ArmPiece> components;  // sorted
  bool operator==(const ArmSoftware&) const = default;
};

// ArmRealm is a realm of CCA.
struct ArmRealm {
  std::string version;
  Bytes initial;
  std::vector<Bytes> extensible = {};  // four, or none where the policy leaves them unchecked
  bool operator==(const ArmRealm&) const = default;
};

struct ArmRules {
  std::vector<EnrolledKey> keys;
  std::vector<Digest> implementations;  // sorted
  std::vector<ArmSoftware> software;
  std::vector<ArmRealm> realms;        // of CCA alone
  std::vector<std::string> unchecked;  // of "implementation", "instance"; of CCA "extensible", "firmware"; sorted
  bool operator==(const ArmRules&) const = default;

  bool leaves(std::string_view what) const;
  // check: what could be ruled is either ruled or written out as unchecked, and not both. policy_empty, policy_invalid,
  // mixed_roots.
  Status check(bool cca) const;
  void write(cbor::Writer& out) const;
  static ArmRules read(cbor::Reader& in);
};

}  // namespace glovebox::verifier
