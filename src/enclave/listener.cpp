#include "enclave/listener.h"

#include <linux/vm_sockets.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace glovebox::enclave {
namespace {

constexpr int backlog = 128;

std::unexpected<Error> cannot(const wire::Address& address, const char* call) {
  return fail(Reject::unreachable, wire::to_text(address), {}, std::string(call) + ": " + std::strerror(errno));
}

}  // namespace

Result<Listener> Listener::open(const wire::Address& address) {
  const bool vsock = address.kind == wire::Address::Kind::vsock;
  Fd socket(::socket(vsock ? AF_VSOCK : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return cannot(address, "socket");
  int bound = -1;
  if (vsock) {
    sockaddr_vm name = {};
    name.svm_family = AF_VSOCK;
    name.svm_cid = VMADDR_CID_ANY;
    name.svm_port = address.port;
    bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  } else {
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    if (address.path.size() >= sizeof name.sun_path) return fail(Reject::usage, address.path);
    std::memcpy(name.sun_path, address.path.data(), address.path.size());
    struct stat there = {};
    if (::lstat(address.path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(address.path.c_str());
    bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  if (bound != 0) return cannot(address, "bind");
  if (::listen(socket.get(), backlog) != 0) return cannot(address, "listen");
  return Listener(std::move(socket), vsock);
}

std::optional<Fd> Listener::accept() const {
  sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  Fd connection(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
  if (!connection) return std::nullopt;
  if (vsock_) {
    sockaddr_vm name = {};
    std::memcpy(&name, &peer, sizeof name);
    if (name.svm_family != AF_VSOCK || !peer_allowed(name.svm_cid)) return std::nullopt;
  }
  return connection;
}

}  // namespace glovebox::enclave
