// stream.h: a connected byte stream: TCP, a Unix socket, vsock, the enclave's proxy stream or TLS over any of them.
// Every wait has a deadline. Time here is the machine's steady clock; only how long we wait depends on it.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace glovebox::http {

// Deadline is a point in steady time; `in` makes one from now.
struct Deadline {
  std::chrono::steady_clock::time_point at;
  static Deadline in(std::chrono::milliseconds wait) { return {std::chrono::steady_clock::now() + wait}; }
  bool passed() const { return std::chrono::steady_clock::now() >= at; }
  int left() const;  // milliseconds, 0 when passed; for poll
};

class Stream {
 public:
  virtual ~Stream() = default;
  // read_some waits for bytes and returns how many it read; 0 is the end. deadline, connection_lost.
  virtual Result<std::size_t> read_some(std::span<std::uint8_t> out, Deadline deadline) = 0;
  // write_some waits for room and returns how many bytes went. With `or_readable` it returns 0, and writes nothing,
  // once bytes wait to be read: an early answer. deadline, connection_lost.
  virtual Result<std::size_t> write_some(View bytes, Deadline deadline, bool or_readable) = 0;
  // close_write tells the other side that no more comes.
  virtual void close_write() = 0;

  Status write_all(View bytes, Deadline deadline);
  Status read_exactly(std::span<std::uint8_t> out, Deadline deadline);  // connection_lost at an early end
};

// adopt makes a Stream of a connected stream socket, which it closes in the end.
std::unique_ptr<Stream> adopt(int socket);
// connect_*: unreachable (names the address and why), deadline.
Result<std::unique_ptr<Stream>> connect_tcp(const std::string& host, std::uint16_t port, Deadline deadline);
Result<std::unique_ptr<Stream>> connect_unix(const std::string& path, Deadline deadline);
Result<std::unique_ptr<Stream>> connect_vsock(std::uint32_t cid, std::uint32_t port, Deadline deadline);

}  // namespace glovebox::http
