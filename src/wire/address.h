// address.h: where an enclave, or its way out, is: "unix:PATH", "vsock:CID:PORT", or to listen "vsock:PORT".
#pragma once
#include <string>

#include "base/result.h"

namespace glovebox::wire {

struct Address {
  enum class Kind { unix_socket, vsock };
  Kind kind = Kind::unix_socket;
  std::string path = {};  // unix_socket; at most 107 bytes
  std::uint32_t cid = 0;  // vsock; vsock_any_cid for "vsock:PORT"
  std::uint32_t port = 0;

  bool operator==(const Address&) const = default;
};
constexpr std::uint32_t vsock_any_cid = 0xffffffff;

Result<Address> parse_address(std::string_view text);  // usage
std::string to_text(const Address& address);

}  // namespace glovebox::wire
