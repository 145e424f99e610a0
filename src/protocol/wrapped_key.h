// wrapped_key.h: a share of a file key, sealed to a broker together with what may be done with it.
#pragma once
#include "protocol/key_statement.h"

namespace glovebox::protocol {

constexpr std::string_view wrapped_key_label = "glovebox wrapped key v1";
constexpr std::string_view share_label = "glovebox share v1";
constexpr std::size_t wrapped_key_size_max = 61440;  // fits a stanza beside an X-Wing key

// Share is what is inside.
struct Share {
  crypto::VerifyKey owner;
  KeyNumber key_id{};
  Digest core_digest{};
  Secret<32> share;
};

struct WrappedKey {
  crypto::VerifyKey broker;
  Digest key_version{};
  crypto::Kem kem = crypto::Kem::x_wing;
  Bytes release_policy;  // signed
  Bytes enc;
  Bytes ct;

  Bytes encode() const;
  static Result<WrappedKey> parse(View encoded);
  // policy_digest is the digest of release_policy's payload, its signature unchecked; parse's errors.
  Result<Digest> policy_digest() const;
  // digest is the wrapped_key_digest of docs/spec/request.md.
  Digest digest(const Digest& policy_digest, const Digest& core_digest) const;
  bool operator==(const WrappedKey&) const = default;

  // wrap seals the share to the broker's key. The policy must be the share's owner's: policy_mismatch.
  static Result<WrappedKey> wrap(const KeyStatement& to, View signed_policy, const Share& share);
  // unwrap opens it with the wrapping key for the envelope of this core: wrapped_key_invalid.
  Result<Share> unwrap(const crypto::KemPrivate& key, const Digest& policy_digest, const Digest& core_digest) const;
};

}  // namespace glovebox::protocol
