#include "http/stream.h"

#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

namespace glovebox::http {
namespace {

std::unexpected<Error> lost(int error) {
  return fail(Reject::connection_lost, std::strerror(error), "an open connection");
}

std::unexpected<Error> late(const char* what) {
  return fail(Reject::deadline, what, "an answer in time");
}

class SocketStream final : public Stream {
 public:
  explicit SocketStream(int socket) : socket_(socket) {
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
    ::fcntl(socket_, F_SETFD, FD_CLOEXEC);
  }
  ~SocketStream() override { ::close(socket_); }
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  Result<std::size_t> read_some(std::span<std::uint8_t> out, Deadline deadline) override {
    for (;;) {
      const ::ssize_t n = ::recv(socket_, out.data(), out.size(), 0);
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return lost(errno);
      GLOVEBOX_TRY(events, wait(POLLIN, deadline, "waited to read"));
      static_cast<void>(events);
    }
  }

  Result<std::size_t> write_some(View bytes, Deadline deadline, bool or_readable) override {
    for (;;) {
      GLOVEBOX_TRY(events,
                   wait(static_cast<short>(or_readable ? POLLOUT | POLLIN : POLLOUT), deadline, "waited to write"));
      if (or_readable && (events & POLLIN) != 0) return 0;
      const ::ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n > 0 || bytes.empty()) return static_cast<std::size_t>(std::max<::ssize_t>(n, 0));
      if (n < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) return lost(errno);
    }
  }

  void close_write() override { ::shutdown(socket_, SHUT_WR); }

 private:
  Result<short> wait(short events, Deadline deadline, const char* what) {
    for (;;) {
      ::pollfd entry{socket_, events, 0};
      const int n = ::poll(&entry, 1, deadline.left());
      if (n > 0) return entry.revents;
      if (n == 0 && deadline.passed()) return late(what);
      if (n < 0 && errno != EINTR) return lost(errno);
    }
  }
  int socket_;
};

// connect_socket connects a fresh non-blocking socket within the deadline; 0, or why not.
int connect_socket(int socket, const ::sockaddr* address, ::socklen_t size, Deadline deadline) {
  if (::connect(socket, address, size) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  for (;;) {
    ::pollfd entry{socket, POLLOUT, 0};
    const int n = ::poll(&entry, 1, deadline.left());
    if (n > 0) break;
    if (n == 0 && deadline.passed()) return ETIMEDOUT;
    if (n < 0 && errno != EINTR) return errno;
  }
  int error = 0;
  ::socklen_t error_size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &error_size);
  return error;
}

Result<std::unique_ptr<Stream>> connect_to(int family, const ::sockaddr* address, ::socklen_t size,
                                           const std::string& name, Deadline deadline) {
  const int socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail(Reject::out_of_resources, std::strerror(errno), "a socket");
  std::unique_ptr<Stream> stream = adopt(socket);
  if (const int error = connect_socket(socket, address, size, deadline); error != 0) {
    if (error == ETIMEDOUT && deadline.passed()) return late(("waited to connect to " + name).c_str());
    return fail(Reject::unreachable, name + ": " + std::strerror(error), "a server that listens there");
  }
  return stream;
}

}  // namespace

int Deadline::left() const {
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long>(wait, 0, std::numeric_limits<int>::max()));
}

Status Stream::write_all(View bytes, Deadline deadline) {
  while (!bytes.empty()) {
    GLOVEBOX_TRY(n, write_some(bytes, deadline, false));
    bytes = bytes.subspan(n);
  }
  return {};
}

Status Stream::read_exactly(std::span<std::uint8_t> out, Deadline deadline) {
  while (!out.empty()) {
    GLOVEBOX_TRY(n, read_some(out, deadline));
    if (n == 0)
      return fail(Reject::connection_lost, "the connection ended", std::to_string(out.size()) + " bytes more");
    out = out.subspan(n);
  }
  return {};
}

std::unique_ptr<Stream> adopt(int socket) {
  return std::make_unique<SocketStream>(socket);
}

Result<std::unique_ptr<Stream>> connect_tcp(const std::string& host, std::uint16_t port, Deadline deadline) {
  const std::string name = host + ":" + std::to_string(port);
  const std::string service = std::to_string(port);
  ::addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;  // an address needs no resolver; only then ask for a name
  ::addrinfo* found = nullptr;
  int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  if (error != 0) {
    hints.ai_flags = AI_NUMERICSERV;
    error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  }
  if (error != 0) return fail(Reject::unreachable, name + ": " + ::gai_strerror(error), "a host with an address");
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  Result<std::unique_ptr<Stream>> result = fail(Reject::unreachable, name, "a host with an address");
  for (const ::addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    result = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen, name, deadline);
    if (result || deadline.passed()) break;
  }
  return result;
}

Result<std::unique_ptr<Stream>> connect_unix(const std::string& path, Deadline deadline) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Reject::unreachable, path, "a shorter socket path");
  std::ranges::copy(path, address.sun_path);
  return connect_to(AF_UNIX, reinterpret_cast<const ::sockaddr*>(&address), sizeof address, "unix:" + path, deadline);
}

Result<std::unique_ptr<Stream>> connect_vsock(std::uint32_t cid, std::uint32_t port, Deadline deadline) {
  ::sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = cid;
  address.svm_port = port;
  return connect_to(AF_VSOCK, reinterpret_cast<const ::sockaddr*>(&address), sizeof address,
                    "vsock:" + std::to_string(cid) + ":" + std::to_string(port), deadline);
}

}  // namespace glovebox::http
