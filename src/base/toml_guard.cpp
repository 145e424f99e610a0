#include "base/toml_guard.h"

#include <algorithm>

namespace glovebox {
namespace {
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool blank(char c) {
  return c == ' ' || c == '\t';
}
// toml++ takes VT and FF for ends of lines too.
bool ends_line(char c) {
  return c >= '\n' && c <= '\r';
}
bool beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool begins_key(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '"' || c == '\'';
}

// begins_word says whether a key, a value or a string may begin behind this character.
bool begins_word(char before) {
  return blank(before) || ends_line(before) || before == '=' || before == '[' || before == ',' || before == '{';
}

// begins_header looks behind a '[' that a line begins with: "[ name" or "[[ name".
bool begins_header(std::string_view rest) {
  const auto skip_blanks = [&rest] {
    while (!rest.empty() && blank(rest.front())) rest.remove_prefix(1);
  };
  skip_blanks();
  if (rest.starts_with('[')) rest.remove_prefix(1);
  skip_blanks();
  return !rest.empty() && begins_key(rest.front());
}

// string_size is the size of the string that `rest` begins with, as far as it goes: to its closing quotes, or to where
// a string of one line is cut off by the line's end.
std::size_t string_size(std::string_view rest) {
  const char quote = rest.front();
  const bool many_lines = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
  const std::string_view closing = many_lines ? rest.substr(0, 3) : rest.substr(0, 1);
  for (std::size_t i = closing.size(); i < rest.size(); ++i) {
    if (quote == '"' && rest[i] == '\\')
      ++i;
    else if (rest.substr(i).starts_with(closing)) {
      std::size_t end = i + closing.size();  // a string of many lines may end with one or two quotes of its own
      while (many_lines && end < i + 5 && end < rest.size() && rest[end] == quote) ++end;
      return end;
    } else if (!many_lines && ends_line(rest[i]))
      return i;
  }
  return rest.size();
}
}  // namespace

Status check_toml(std::string_view toml) {
  const auto refuse = [](std::size_t line, std::string found, std::string expected) {
    return fail(Reject::malformed, "line " + std::to_string(line) + ": " + std::move(found), std::move(expected));
  };
  if (toml.starts_with(byte_order_mark)) toml.remove_prefix(byte_order_mark.size());
  std::size_t line = 1;
  bool at_start = true;  // of a line, blanks apart
  char before = '\n';    // what was passed last
  while (!toml.empty()) {
    const char c = toml.front();
    std::size_t size = 1;
    if (beyond_ascii(c))
      return refuse(line, "a character beyond ASCII outside a string or comment", "quotes around it");
    if (c == '#') {
      while (size < toml.size() && !ends_line(toml[size])) ++size;
    } else if (c == '"' || c == '\'') {
      // toml++ reads on over a quote within a number (`0"...`), and fails beyond ASCII; a key may be dotted ("a"."b").
      size = string_size(toml);
      if (!begins_word(before) && std::ranges::any_of(toml.substr(0, size), beyond_ascii))
        return refuse(line, "a character beyond ASCII in quotes that begin within a word", "quotes around all of it");
    } else if (c == '[' && at_start && !begins_header(toml.substr(1))) {
      return refuse(line, "a table header without a key", "[name] or [[name]]");
    }
    before = toml[std::min(size, toml.size()) - 1];
    at_start = ends_line(c) || (at_start && blank(c));
    for (const char passed : toml.substr(0, size)) line += passed == '\n' ? 1U : 0U;
    toml.remove_prefix(std::min(size, toml.size()));
  }
  return {};
}
}  // namespace glovebox
