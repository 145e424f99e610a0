// release_call.h: what an enclave sends a broker to get a share. Its parts are signed or sealed; the call is not.
#pragma once
#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view release_call_label = "glovebox release call v1";
constexpr std::size_t release_call_size_max = 131072;

struct ReleaseCall {
  Bytes challenge;    // signed: challenge.h
  Bytes request;      // signed: request.h
  Bytes core;         // of the envelope
  Bytes wrapped_key;  // wrapped_key.h
  Bytes evidence;     // docs/spec/evidence.md, purpose `release`

  Bytes encode() const;
  static Result<ReleaseCall> parse(View encoded);
  bool operator==(const ReleaseCall&) const = default;
};

}  // namespace glovebox::protocol
