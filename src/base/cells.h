// cells.h: a line of a table of ours: cells between tabs.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

namespace glovebox {

// split_cells fills in the line's first N cells and returns how many it has in all; at least one.
template <std::size_t N>
std::size_t split_cells(std::string_view line, std::array<std::string_view, N>& cells) {
  for (std::size_t count = 0;; ++count) {
    const std::size_t tab = line.find('\t');
    if (count < N) cells[count] = line.substr(0, tab);
    if (tab == std::string_view::npos) return count + 1;
    line.remove_prefix(tab + 1);
  }
}

// is_plain: 1 to `max` bytes, none of them a control character.
inline bool is_plain(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace glovebox
