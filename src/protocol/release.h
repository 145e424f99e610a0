// release.h: a broker's answer: the share, sealed to an attested key, and what the release was for, signed.
#pragma once
#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view release_label = "glovebox release v1";
constexpr std::size_t release_size_max = 4096;  // signed

// ReleaseContext is what a release belongs to: the enclave computes it and accepts no other.
struct ReleaseContext {
  Array<32> challenge_nonce{};
  Digest request_digest{};
  Digest wrapped_key_digest{};
  Binding binding{};
  bool operator==(const ReleaseContext&) const = default;
};

struct Release {
  ReleaseContext context;
  ReleaseId release_id{};
  Time time;  // whole seconds
  std::uint64_t use = 1;
  crypto::Kem kem = crypto::Kem::x_wing;
  Bytes enc;
  Bytes ct;

  Bytes encode() const;
  static Result<Release> parse(View payload);
  Bytes sign(const crypto::SigningKey& identity_key) const;
  // open: release_unauthentic unless signed by `identity` and made for exactly this context; or parse's errors.
  static Result<Release> open(View signed_release, const crypto::VerifyKey& identity, const ReleaseContext& context);
  bool operator==(const Release&) const = default;

  // seal makes a release of the share to the attested key.
  static Result<Release> seal(const ReleaseContext& context, const ReleaseId& release_id, Time time, std::uint64_t use,
                              const crypto::KemPublic& to, const Secret<32>& share);
  // share opens it; decryption_failed.
  Result<Secret<32>> share(const crypto::KemPrivate& key) const;
};

}  // namespace glovebox::protocol
