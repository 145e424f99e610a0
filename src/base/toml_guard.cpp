#include "base/toml_guard.h"

namespace glovebox {
namespace {
bool blank(char c) { return c == ' ' || c == '\t'; }
bool begins_key(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '"' || c == '\'';
}
// toml++ also ends lines at VT, FF and some characters beyond ASCII: all of those are taken for an end here.
bool ends_line(char c) { return (c >= '\n' && c <= '\r') || static_cast<unsigned char>(c) >= 0x80; }
}  // namespace

Status check_toml_headers(std::string_view toml) {
  std::size_t number = 1;
  bool at_start = true;
  for (std::size_t i = 0; i < toml.size(); ++i) {
    if (ends_line(toml[i])) {
      at_start = true;
      if (toml[i] == '\n') ++number;
      continue;
    }
    if (blank(toml[i])) continue;
    if (at_start && toml[i] == '[') {
      std::size_t key = i + 1;
      while (key < toml.size() && blank(toml[key])) ++key;
      if (key < toml.size() && toml[key] == '[') ++key;
      while (key < toml.size() && blank(toml[key])) ++key;
      if (key == toml.size() || !begins_key(toml[key]))
        return fail(Reject::malformed, "line " + std::to_string(number) + ": a table header without a key", "[name] or [[name]]");
    }
    at_start = false;
  }
  return {};
}
}  // namespace glovebox
