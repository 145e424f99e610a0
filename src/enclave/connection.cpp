#include "enclave/connection.h"

namespace glovebox::enclave {

Result<wire::Frame> Connection::next(http::Deadline deadline) {
  for (;;) {
    GLOVEBOX_TRY(frame, frames_.next(left_));
    if (frame) return *frame;
    GLOVEBOX_TRY(got, stream_->read_some(buffer_, deadline));
    if (got == 0) return fail(Reject::connection_lost);
    left_ = View(buffer_).first(got);
  }
}

Status Connection::reply(View bytes, wire::Word word, http::Deadline deadline) {
  Bytes out;
  wire::append_frames(out, wire::FrameType::reply, bytes);
  const Bytes status = wire::encode_status(word);
  out.insert(out.end(), status.begin(), status.end());
  GLOVEBOX_CHECK(stream_->write_all(out, deadline));
  stream_->close_write();
  return {};
}

void Connection::linger(http::Deadline deadline) {
  for (;;) {
    const auto got = stream_->read_some(buffer_, deadline);
    if (!got || *got == 0) return;
  }
}

}  // namespace glovebox::enclave
