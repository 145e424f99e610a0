// message.h: the two heads that are not frames: of an upload (u32be size || request || envelope, the body of POST
// /v1/score) and of a byte-proxy connection (u8 size || name).
#pragma once
#include <optional>

#include "base/bytes.h"
#include "wire/limits.h"

namespace glovebox::wire {

// upload_head is what goes before the envelope: u32be size || signed request. The request is 1 to request_max bytes.
Bytes upload_head(View request);

// UploadReader takes the front of an upload apart in whatever pieces it comes.
class UploadReader {
 public:
  // next consumes bytes from the front of `in` until the request is whole, then returns true; what is left in `in`, and
  // all that follows, is the envelope. malformed (empty request), too_large.
  Result<bool> next(View& in);
  View request() const { return request_; }
  bool whole() const { return size_ && request_.size() == *size_; }

 private:
  Bytes head_;
  std::optional<std::size_t> size_;
  Bytes request_;
};

constexpr std::uint8_t proxy_connected = 0;
constexpr std::uint8_t proxy_refused = 1;  // unknown name, or not reachable

// proxy_call is what an enclave sends first to reach `name`: 1 to proxy_name_max of a-z, 0-9 and '-'.
Bytes proxy_call(std::string_view name);

// ProxyReader takes a proxy connection's first bytes, in pieces, to the name.
class ProxyReader {
 public:
  Result<bool> next(View& in);  // true once the name is whole; malformed
  const std::string& proxy_name() const { return name_; }

 private:
  std::optional<std::size_t> size_;
  std::string name_;
};

}  // namespace glovebox::wire
