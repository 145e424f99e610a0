// listener.h: where the host's calls come in: a Unix socket, or vsock, where only the parent instance is let in.
#pragma once
#include <optional>

#include "enclave/fd.h"
#include "wire/address.h"
#include "wire/limits.h"

namespace glovebox::enclave {

// peer_allowed: an enclave talks to its parent instance and to no other enclave or process that finds its port.
constexpr bool peer_allowed(std::uint32_t cid) {
  return cid == wire::vsock_parent_cid;
}

class Listener {
 public:
  // open binds and listens. A socket file that is left of an earlier run is replaced. unreachable.
  static Result<Listener> open(const wire::Address& address);

  // accept returns the next connection, or nothing where there was none, or one that is not allowed.
  std::optional<Fd> accept() const;
  int fd() const { return socket_.get(); }

 private:
  Listener(Fd socket, bool vsock) : socket_(std::move(socket)), vsock_(vsock) {}
  Fd socket_;
  bool vsock_;
};

}  // namespace glovebox::enclave
