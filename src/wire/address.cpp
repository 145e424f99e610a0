#include "wire/address.h"

#include <charconv>

namespace glovebox::wire {
namespace {

constexpr std::size_t path_max = 107;  // sun_path less its zero

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const auto bad = [&] {
    return fail(Reject::usage, std::string(text.substr(0, 200)), "unix:PATH, vsock:CID:PORT or, to listen, vsock:PORT");
  };
  if (text.starts_with("unix:")) {
    const std::string_view path = text.substr(5);
    if (path.empty() || path.find('\0') != path.npos) return bad();
    if (path.size() > path_max)
      return fail(Reject::usage, "a socket path of " + std::to_string(path.size()) + " bytes",
                  "at most " + std::to_string(path_max), "put the socket into a folder with a shorter name");
    return Address{Address::Kind::unix_socket, std::string(path), 0, 0};
  }
  if (!text.starts_with("vsock:")) return bad();
  text.remove_prefix(6);
  std::optional<std::uint32_t> cid = vsock_any_cid;
  if (const auto colon = text.find(':'); colon != text.npos) {
    cid = number(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  const auto port = number(text);
  if (!cid || !port)
    return fail(Reject::usage, "a vsock address that is not of numbers", "vsock:CID:PORT or vsock:PORT");
  return Address{Address::Kind::vsock, {}, *cid, *port};
}

std::string to_text(const Address& address) {
  if (address.kind == Address::Kind::unix_socket) return "unix:" + address.path;
  return "vsock:" + (address.cid == vsock_any_cid ? "" : std::to_string(address.cid) + ":") +
         std::to_string(address.port);
}

}  // namespace glovebox::wire
