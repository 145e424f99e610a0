// server.h: a small HTTP/1.1 server for small bodies: one call for each connection, a bounded pool of threads that
// answer requests that have come whole, so that a slow client holds none of them. (Under TLS it may hold one, until its
// time is over.) What the broker speaks; the host, which streams, has its own.
#pragma once
#include <functional>
#include <memory>

#include "http/stream.h"

namespace glovebox::http {

struct ServerRequest {
  std::string method;
  std::string path;   // without the query
  std::string query;  // without the question mark
  Bytes body;
};

struct ServerResponse {
  unsigned status = 200;
  std::string content_type = "application/cbor";
  Bytes body;
};

using Handler = std::function<ServerResponse(const ServerRequest&)>;
// Wrap puts a layer (TLS) over an accepted connection.
using Wrap = std::function<Result<std::unique_ptr<Stream>>(std::unique_ptr<Stream>, Deadline)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;          // 0: any free one
  std::size_t threads = 8;         // calls at once
  std::size_t waiting_max = 64;    // whole and not yet served; more are turned away with 503
  std::size_t arriving_max = 256;  // not yet whole; the oldest makes room
  std::size_t head_max = 8'192;
  std::size_t body_max = 1 << 20;
  std::chrono::milliseconds timeout{10'000};  // from accept to the whole request, and from there to the answer's end
  Wrap wrap = {};
};

// answer_one reads one request from the stream and writes its answer: 400 for what is no request, 411 for a body
// without a Content-Length (chunked), 413 beyond the bounds.
Status answer_one(Stream& stream, const Handler& handler, const ServerOptions& options);

class Server {
 public:
  // start listens and serves until stop or destruction, which wait for the calls that run. unreachable if it cannot
  // listen.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::uint16_t port() const;
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::http
