// report.h: how every program says that it failed: to a person on standard error, with --json as one object on
// standard output, and to a script by its exit code (docs/spec/wire.md, "Exit codes").
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glovebox::apps {

// printable_prefix says how many bytes at the front of a text are one printable character in UTF-8; 0 for control
// characters (both sets: a terminal obeys them) and for what is no UTF-8.
inline std::size_t printable_prefix(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  const unsigned second = byte(1);
  if ((first == 0xc2 && second < 0xa0) || (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
    return 0;
  return size;
}

// printable replaces by ? what a terminal could take for an order: texts come from files and from the other side.
inline std::string printable(std::string_view text, std::string_view kept = "") {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = printable_prefix(text);
    if (size != 0 || kept.find(text.front()) != std::string_view::npos)
      out += text.substr(0, size == 0 ? 1 : size);
    else
      out += '?';
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

// json_string quotes a text for JSON. Bytes that are not printable, or no UTF-8, become \u00XX.
inline std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t size = printable_prefix(text);
    if (text.front() == '"' || text.front() == '\\') out += '\\';
    if (size == 0) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(text.front())));
      out += escape;
    }
    out += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
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
      const std::string line = "{\"code\":" + json_string(name(error.reason)) +
                               ",\"found\":" + json_string(error.found) +
                               ",\"expected\":" + json_string(error.expected) + ",\"hint\":" + json_string(error.hint) +
                               ",\"sent\":" + json_string(sent) + "}\n";
      std::fputs(line.c_str(), stdout);
    } else {
      std::string text = std::string(program) + ": error: " + std::string(name(error.reason)) + ": " +
                         std::string(sentence(error.reason)) + "\n";
      if (!error.found.empty()) text += "  found     " + printable(error.found) + "\n";
      if (!error.expected.empty()) text += "  expected  " + printable(error.expected) + "\n";
      if (!error.hint.empty()) text += "  hint      " + printable(error.hint) + "\n";
      if (says_sent) text += sent == "nothing" ? "  nothing was sent\n" : "  what was sent is sealed\n";
      std::fputs(text.c_str(), stderr);
    }
    return static_cast<int>(exit_code(error.reason));
  }
};

}  // namespace glovebox::apps
