#include "host/request_reader.h"

namespace glovebox::host {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

RequestReader::RequestReader(std::uint64_t body_max) {
  parser_.header_limit(wire::http_head_max);
  parser_.body_limit(body_max);
}

std::span<std::uint8_t> RequestReader::room() {
  if (at_ > 0) {
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(at_), in_.begin() + static_cast<std::ptrdiff_t>(have_),
              in_.begin());
    have_ -= at_;
    at_ = 0;
  }
  return std::span(in_).subspan(have_);
}

View RequestReader::came(std::size_t size) {
  const View bytes = View(in_).subspan(have_, size);
  have_ += size;
  return bytes;
}

std::optional<Ended> RequestReader::read_head() {
  if (!check_.take(View(in_).subspan(checked_, have_ - checked_))) return Ended::not_http;
  checked_ = have_;
  if (!check_.whole()) return std::nullopt;
  if (check_.transfer() == http::HeadCheck::Transfer::other) return Ended::not_http;  // its end is nobody's to know
  ErrorCode error;
  at_ += parser_.put(asio::buffer(in_.data() + at_, have_ - at_), error);
  if (error == beast::error::body_limit) return Ended::too_large;
  if ((error && error != beast::error::need_more) || !parser_.is_header_done()) return Ended::not_http;
  parser_.eager(true);
  return Ended::whole;
}

std::optional<Ended> RequestReader::read_body(std::span<std::uint8_t> out, std::size_t& size) {
  for (;;) {
    size = 0;
    if (parser_.is_done()) return Ended::whole;
    auto& body = parser_.get().body();
    body.data = out.data();
    body.size = out.size();
    body.more = true;
    bool progress = false;
    if (at_ < have_) {
      ErrorCode error;
      const std::size_t used = parser_.put(asio::buffer(in_.data() + at_, have_ - at_), error);
      at_ += used;
      progress = used > 0;
      if (error == beast::error::body_limit) return Ended::too_large;
      if (error && error != beast::error::need_more && error != beast::error::need_buffer) return Ended::not_http;
    }
    size = out.size() - body.size;
    if (size > 0) return Ended::whole;
    if (progress || parser_.is_done()) continue;
    if (have_ - at_ == in_.size()) return Ended::not_http;  // a chunk's head longer than any could be
    return std::nullopt;
  }
}

}  // namespace glovebox::host
