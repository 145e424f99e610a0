#include "protocol/request.h"

namespace glovebox::protocol {

Bytes Request::encode() const {
  cbor::Writer out;
  out.document(request_label, 9).bstr(request_id).bstr(core_digest).bstr(model_digest).bstr(parameters_digest);
  out.uint(static_cast<std::uint64_t>(result_key.kem())).bstr(result_key.bytes());
  write_time(out, not_after);
  return out.bstr(requester.bytes).take();
}

Result<Request> Request::parse(View payload) {
  GLOVEBOX_CHECK(check_size(request_label, payload.size(), request_size_max));
  cbor::Reader in(payload);
  in.document(request_label, 9);
  const auto request_id = in.bytes_of<16>();
  const auto core_digest = in.bytes_of<32>();
  const auto model_digest = in.bytes_of<32>();
  const auto parameters_digest = in.bytes_of<32>();
  auto result_key = read_public(in);
  const Time not_after = read_time(in);
  const crypto::VerifyKey requester{in.bytes_of<32>()};
  GLOVEBOX_CHECK(in.finish());
  return Request{request_id, core_digest, model_digest, parameters_digest, std::move(*result_key),
                 not_after,  requester};
}

Digest Request::digest() const {
  return crypto::sha256(encode());
}

Bytes Request::sign(const crypto::SigningKey& key) const {
  return crypto::sign_document(key, encode(), request_label);
}

Result<Opened<Request>> Request::open(View signed_request) {
  GLOVEBOX_TRY(payload, unverified_payload(signed_request, request_label, request_size_max));
  GLOVEBOX_TRY(request, parse(payload));
  GLOVEBOX_CHECK(
      open_as(Reject::request_unauthentic, signed_request, request.requester, request_label, request_size_max));
  return Opened<Request>{std::move(request), crypto::sha256(payload)};
}

Status check_time(const Request& request, Time now) {
  if (now <= request.not_after) return {};
  return fail(Reject::request_expired, to_rfc3339(now), "at most " + to_rfc3339(request.not_after));
}
}  // namespace glovebox::protocol
