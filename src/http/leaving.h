// leaving.h: connections that were answered while their client still had something to say. Closing them on unread bytes
// would reset them, and the answer with it: so they are read off for a while, by nobody who has other work to wait for.
#pragma once
#include <poll.h>

#include <list>
#include <vector>

#include "http/stream.h"

namespace glovebox::http {

class Leaving {
 public:
  // At most `max` at once: the one that is here for longest is closed for the next.
  explicit Leaving(std::size_t max) : max_(max) {}
  ~Leaving();
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

  // add takes the socket over. Its write side is closed.
  void add(int socket);
  std::size_t size() const { return all_.size(); }
  // watch appends an entry for each; read_off takes what has come, given the same entries, and closes who is done: at
  // the client's end, after drain_max bytes or drain_time.
  void watch(std::vector<::pollfd>& entries) const;
  void read_off(std::span<const ::pollfd> entries, std::span<std::uint8_t> buffer);
  int left() const;  // milliseconds until the first is late; -1 where there is none

  static constexpr std::size_t drain_max = std::size_t{4} << 20;
  static constexpr std::chrono::milliseconds drain_time{1'000};

 private:
  struct One {
    int socket;
    Deadline deadline;
    std::size_t read = 0;
  };
  std::list<One>::iterator close(std::list<One>::iterator one);
  std::size_t max_;
  std::list<One> all_;  // oldest first
};

// has_more tells whether bytes wait that nobody asked for; it does not wait for them itself.
bool has_more(Stream& stream);

}  // namespace glovebox::http
