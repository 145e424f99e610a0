#include "http/leaving.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace glovebox::http {

Leaving::~Leaving() {
  while (!all_.empty()) close(all_.begin());
}

std::list<Leaving::One>::iterator Leaving::close(std::list<One>::iterator one) {
  ::close(one->socket);
  return all_.erase(one);
}

void Leaving::add(int socket) {
  if (all_.size() >= max_ && !all_.empty()) close(all_.begin());
  all_.push_back({socket, Deadline::in(drain_time)});
}

void Leaving::watch(std::vector<::pollfd>& entries) const {
  for (const One& one : all_) entries.push_back({one.socket, POLLIN, 0});
}

void Leaving::read_off(std::span<const ::pollfd> entries, std::span<std::uint8_t> buffer) {
  auto one = all_.begin();
  for (const ::pollfd& entry : entries) {
    bool over = one->deadline.passed();
    if (entry.revents != 0) {
      const ::ssize_t n = ::recv(one->socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n > 0) one->read += static_cast<std::size_t>(n);
      over = over || n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) ||
             one->read >= drain_max;
    }
    one = over ? close(one) : std::next(one);
  }
}

int Leaving::left() const {
  return all_.empty() ? -1 : all_.front().deadline.left();
}

bool has_more(Stream& stream) {
  Array<1> byte;
  const auto n = stream.read_some(byte, Deadline::in(std::chrono::milliseconds(0)));
  return n && *n > 0;
}

}  // namespace glovebox::http
