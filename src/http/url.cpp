#include "http/url.h"

#include <algorithm>
#include <charconv>

namespace glovebox::http {
namespace {

constexpr std::size_t url_max = 2'048;

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}
bool path_character(char c) {
  return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '"' && c != '<' && c != '>';
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string Url::text() const {
  return (tls ? "https://" : "http://") + authority() + path;
}

Result<Url> parse_url(std::string_view text) {
  const auto bad = [&] {
    return fail(Reject::usage, std::string(text.substr(0, 200)), "http://host:port or https://host:port");
  };
  std::string_view rest = text;
  Url url;
  if (rest.starts_with("https://")) {
    url.tls = true;
    url.port = 443;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad();
  }
  if (text.size() > url_max) return bad();
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  if (!std::ranges::all_of(path, path_character)) return bad();
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == authority.npos) return bad();
    url.host = authority.substr(1, close - 1);
    if (url.host.empty() || !std::ranges::all_of(url.host, [](char c) {
          return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        }))
      return bad();
    authority.remove_prefix(close + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    if (url.host.empty() || !std::ranges::all_of(url.host, host_character)) return bad();
    authority.remove_prefix(colon);
  }
  if (authority.empty()) return url;
  if (!authority.starts_with(':')) return bad();
  authority.remove_prefix(1);
  const auto [end, error] = std::from_chars(authority.data(), authority.data() + authority.size(), url.port);
  if (error != std::errc{} || end != authority.data() + authority.size() || url.port == 0) return bad();
  return url;
}

}  // namespace glovebox::http
