// report.h: how every program says that it failed: to a person on standard error, with --json as one object on
// standard output, and to a script by its exit code (docs/spec/wire.md, "Exit codes").
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glovebox::apps {

// json_string quotes a text for JSON. Bytes that are not printable ASCII, and are not UTF-8 of ours, become \u00XX.
inline std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Reporter knows the program's name and what has left this machine so far.
struct Reporter {
  std::string_view program;
  bool json = false;
  std::string_view sent = "nothing";  // or "sealed"
  bool says_sent = false;             // a client says it to a person too

  // error prints it and returns the program's exit code.
  int error(const Error& error) const {
    if (json) {
      const std::string line = "{\"code\":" + json_string(name(error.reason)) + ",\"found\":" + json_string(error.found) +
                               ",\"expected\":" + json_string(error.expected) + ",\"hint\":" + json_string(error.hint) +
                               ",\"sent\":" + json_string(sent) + "}\n";
      std::fputs(line.c_str(), stdout);
    } else {
      std::string text = std::string(program) + ": error: " + std::string(name(error.reason)) + ": " +
                         std::string(sentence(error.reason)) + "\n";
      if (!error.found.empty()) text += "  found     " + error.found + "\n";
      if (!error.expected.empty()) text += "  expected  " + error.expected + "\n";
      if (!error.hint.empty()) text += "  hint      " + error.hint + "\n";
      if (says_sent) text += sent == "nothing" ? "  nothing was sent\n" : "  what was sent is sealed\n";
      std::fputs(text.c_str(), stderr);
    }
    return static_cast<int>(exit_code(error.reason));
  }
};

}  // namespace glovebox::apps
