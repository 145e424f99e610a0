// client.h: one HTTP/1.1 call over a Stream, bounded in size and time. A connection carries one call.
#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "http/stream.h"
#include "http/url.h"

namespace glovebox::http {

struct Request {
  std::string method = "GET";
  std::string target = "/";                                       // path and query
  std::string host = {};                                          // Url::authority()
  std::vector<std::pair<std::string, std::string>> headers = {};  // Content-Type and the like
  View body = {};                                                 // a small body, or:
  // source fills the buffer with the body's next bytes and returns how many; 0 ends it. Its error ends the call.
  std::function<Result<std::size_t>(std::span<std::uint8_t>)> source = {};
  std::optional<std::uint64_t> source_size = {};          // Content-Length; chunked where it is not known
  std::function<void(std::uint64_t sent)> progress = {};  // after each piece of `source`
};

struct Response {
  unsigned status = 0;
  std::string content_type;
  Bytes body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // as they came; Limits::head_max bounds them
};

struct Limits {
  std::size_t head_max = 8'192;
  std::size_t body_max = 1 << 20;
};

// call sends the request and reads the response. An answer that comes before the upload is at its end (a server that
// has no room) ends the upload and is returned. deadline, connection_lost, protocol_error, too_large.
Result<Response> call(Stream& stream, const Request& request, const Limits& limits, Deadline deadline);

// connect_url opens the connection to a url that is not TLS (usage for https: see tls/client.h).
Result<std::unique_ptr<Stream>> connect_url(const Url& url, Deadline deadline);

}  // namespace glovebox::http
