// sockets.h: blocking Unix sockets, for a test's relays.
#pragma once
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "base/bytes.h"

namespace glovebox::parent {

inline sockaddr_un name_of(const std::string& path) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::ranges::copy(path.substr(0, sizeof name.sun_path - 1), name.sun_path);
  return name;
}

inline int listen_on(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::unlink(path.c_str());
  const auto name = name_of(path);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 || ::listen(fd, 1024) != 0)
    return -1;
  return fd;
}

inline int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto name = name_of(path);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

inline bool send_all(int fd, View bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace glovebox::parent
