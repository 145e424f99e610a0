// incoming.h: a request on its way to the server, and its answer.
#pragma once
#include "http/head.h"
#include "http/server.h"

namespace glovebox::http {

// Incoming takes each byte once, and never more than a head and a body have room for. A body has a Content-Length:
// what stands beside a chunk's bytes has no bound of its own.
class Incoming {
 public:
  explicit Incoming(const ServerOptions& options) : head_(options.head_max), body_max_(options.body_max) {}

  // take takes the next bytes; to be called until it is over. What comes behind a request is not kept.
  void take(View bytes);
  bool over() const { return refused_ != 0 || (head_.whole() && body_.size() == size_); }
  unsigned refused() const { return refused_; }  // the status to answer with; 0 where the request is whole
  bool left_over() const { return refused_ != 0 || left_over_; }  // the client had more to say
  ServerRequest request();                                        // once: it takes the body away

 private:
  HeadCheck head_;
  std::size_t body_max_;
  std::size_t size_ = 0;  // of the body, once the head is whole
  Bytes body_;
  unsigned refused_ = 0;
  bool left_over_ = false;
};

// answer_incoming reads what is still to come, and answers. Then the write side is closed: to a client whose request
// came whole that is all there is to do.
Status answer_incoming(Incoming& incoming, Stream& stream, const Handler& handler, const ServerOptions& options);

}  // namespace glovebox::http
