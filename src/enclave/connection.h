// connection.h: one call of the host: frames over a connected stream, with deadlines.
#pragma once
#include "http/stream.h"
#include "wire/frame.h"

namespace glovebox::enclave {

class Connection {
 public:
  explicit Connection(std::unique_ptr<http::Stream> stream) : stream_(std::move(stream)), buffer_(buffer_size) {}

  // next waits for a whole frame, whose payload is valid until the next call. connection_lost at any end of the stream
  // (a call ends with our status, not with the host's silence), deadline, malformed, too_large.
  Result<wire::Frame> next(http::Deadline deadline);
  // reply sends the reply's bytes, if any, and then the status.
  Status reply(View bytes, wire::Word word, http::Deadline deadline);
  // linger waits for the host to hang up, dropping what it still sends: closing at once could take the status back that
  // is on its way to it.
  void linger(http::Deadline deadline);

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 18;
  std::unique_ptr<http::Stream> stream_;
  wire::FrameReader frames_;
  Bytes buffer_;
  View left_;  // of the buffer
};

}  // namespace glovebox::enclave
