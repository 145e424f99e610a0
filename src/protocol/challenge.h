// challenge.h: a broker's nonce for one key release.
#pragma once
#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view challenge_label = "glovebox challenge v1";
constexpr std::size_t challenge_size_max = 4096;  // signed
constexpr std::int64_t challenge_seconds = 60;

struct Challenge {
  Array<32> nonce{};
  Time expires;

  Bytes encode() const;
  static Result<Challenge> parse(View payload);
  Bytes sign(const crypto::SigningKey& identity_key) const;
  // open: challenge_unknown unless signed by `identity`, or parse's errors.
  static Result<Challenge> open(View signed_challenge, const crypto::VerifyKey& identity);
  bool operator==(const Challenge&) const = default;
};

}  // namespace glovebox::protocol
