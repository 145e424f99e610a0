// url.h: the addresses that we take: http://host[:port][/path] and https://host[:port][/path]; no user, query,
// fragment.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"

namespace glovebox::http {

struct Url {
  bool tls = false;
  std::string host = {};  // a name, an IPv4 address, or an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string path = {};  // "" or "/something", without a slash at its end

  // authority is what the Host header says: host, with brackets and port where they must be written.
  std::string authority() const;
  std::string text() const;
  bool operator==(const Url&) const = default;
};

Result<Url> parse_url(std::string_view text);  // usage

}  // namespace glovebox::http
