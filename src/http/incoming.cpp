#include "http/incoming.h"

#include "http/leaving.h"

namespace glovebox::http {
namespace {

constexpr std::size_t piece_size = 16'384;

const char* reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    default:
      return "Error";
  }
}

Status write_answer(Stream& stream, const ServerResponse& response, Deadline deadline) {
  const std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + reason(response.status) +
                           "\r\nContent-Type: " + response.content_type +
                           "\r\nContent-Length: " + std::to_string(response.body.size()) +
                           "\r\nConnection: close\r\n\r\n";
  return stream.write_all(concat({view_of(head), response.body}), deadline);
}

ServerResponse refuse(unsigned status) {
  return {status, "application/json", to_bytes(view_of("{\"status\":\"failed\"}"))};
}

}  // namespace

void Incoming::take(View bytes) {
  if (!head_.whole()) {
    const auto used = head_.take(bytes);
    if (!used) refused_ = 400;
    if (!used || !head_.whole()) return;
    bytes = bytes.subspan(*used);
    const std::uint64_t length = head_.length().value_or(0);
    if (head_.transfer() != HeadCheck::Transfer::none) refused_ = 411;
    if (length > body_max_) refused_ = 413;
    if (refused_ != 0) return;
    size_ = static_cast<std::size_t>(length);
  }
  const View mine = bytes.first(std::min(bytes.size(), size_ - body_.size()));
  body_.insert(body_.end(), mine.begin(), mine.end());
  left_over_ = mine.size() < bytes.size();
}

ServerRequest Incoming::request() {
  const std::string_view target = head_.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  return {.method = head_.method(),
          .path = std::string(target.substr(0, mark)),
          .query = std::string(target.substr(std::min(mark + 1, target.size()))),
          .body = std::move(body_)};
}

Status answer_incoming(Incoming& incoming, Stream& stream, const Handler& handler, const ServerOptions& options) {
  const Deadline deadline = Deadline::in(options.timeout);
  Bytes buffer(incoming.over() ? 0 : piece_size);
  while (!incoming.over()) {
    GLOVEBOX_TRY(n, stream.read_some(buffer, deadline));
    if (n == 0) return fail(Reject::connection_lost, "the connection ended inside a request", "a whole request");
    if (deadline.passed()) return fail(Reject::deadline, "a request still on its way", "a whole request in time");
    incoming.take(View(buffer).first(n));
  }
  const ServerResponse response = incoming.refused() != 0 ? refuse(incoming.refused()) : handler(incoming.request());
  const Status sent = write_answer(stream, response, deadline);
  stream.close_write();
  return sent;
}

Status answer_one(Stream& stream, const Handler& handler, const ServerOptions& options) {
  Incoming incoming(options);
  const Status done = answer_incoming(incoming, stream, handler, options);
  if (!done || !(incoming.left_over() || has_more(stream))) return done;
  Bytes buffer(piece_size);
  const Deadline deadline = Deadline::in(Leaving::drain_time);
  for (std::size_t total = 0; total < Leaving::drain_max;) {
    const auto n = stream.read_some(buffer, deadline);
    if (!n || *n == 0) break;
    total += *n;
  }
  return done;
}

}  // namespace glovebox::http
