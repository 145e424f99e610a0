// request_reader.h: a client's request out of the bytes that come: its head, then its body in pieces, never more than a
// piece of it at once. It does no I/O. For the host's own .cpp files: it includes Beast.
#pragma once
#include <optional>

#include "http/beast.h"
#include "http/head.h"
#include "wire/limits.h"

namespace glovebox::host {

namespace beast = boost::beast::http;

// Why a body could not be passed on, or that it was.
enum class Ended { whole, client_gone, not_http, too_large };

class RequestReader {
 public:
  static constexpr std::size_t buffer_size = 65'536;
  explicit RequestReader(std::uint64_t body_max);

  // Bytes that come are written to the front of room, which is never empty, and then said to have come.
  std::span<std::uint8_t> room();
  View came(std::size_t size);

  // read_head and read_body say how it ended, or nothing where more bytes must come first. read_body gives the body's
  // next bytes; size 0 and `whole` at its end. After anything but `whole` there is no more to read.
  std::optional<Ended> read_head();
  std::optional<Ended> read_body(std::span<std::uint8_t> out, std::size_t& size);

  const beast::request<beast::buffer_body>& head() const { return parser_.get(); }
  bool whole() const { return parser_.is_done(); }
  bool left_over() const { return at_ < have_; }  // bytes that came behind what was read

 private:
  http::HeadCheck check_{wire::http_head_max};
  beast::request_parser<beast::buffer_body> parser_;
  Bytes in_ = Bytes(buffer_size);  // not parsed yet: in_[at_, have_)
  std::size_t at_ = 0;
  std::size_t have_ = 0;
  std::size_t checked_ = 0;  // of in_, by check_
};

}  // namespace glovebox::host
