// text_lines.h: lines for a person, of what a sender wrote. No part of the layer's interface.
#pragma once
#include <string>

namespace glovebox::verifier {

// printable keeps what a sender wrote from steering a terminal.
inline std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
  return out;
}

// field is a line of a name and a value.
inline std::string field(std::string_view key, const std::string& value) {
  std::string out(key);
  out.resize(16, ' ');
  return out + value + "\n";
}

}  // namespace glovebox::verifier
