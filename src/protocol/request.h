// request.h: asks for one score of one envelope by one model; signed by the owner or by whom the policy names.
#pragma once
#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view request_label = "glovebox request v1";
constexpr std::size_t request_size_max = 4096;  // signed

struct Request {
  RequestId request_id{};
  Digest core_digest{};
  Digest model_digest{};
  Digest parameters_digest{};
  crypto::KemPublic result_key;  // fresh for each request
  Time not_after;                // whole seconds
  crypto::VerifyKey requester;

  Bytes encode() const;  // the payload
  // parse: truncated, trailing_bytes, malformed, not_deterministic, too_large, version_unsupported, type_unsupported,
  // key_invalid.
  static Result<Request> parse(View payload);
  Digest digest() const;
  // sign is for the holder of `requester`.
  Bytes sign(const crypto::SigningKey& key) const;
  // open checks the signature under the requester that the payload names: whether that one may ask is the policy's
  // business. request_unauthentic, or parse's errors.
  static Result<Opened<Request>> open(View signed_request);
  bool operator==(const Request&) const = default;
};

// check_time: request_expired.
Status check_time(const Request& request, Time now);

}  // namespace glovebox::protocol
