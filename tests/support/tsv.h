// tsv.h: tables of other programs, for tests.
#pragma once
#include <map>
#include <sstream>

#include "support.h"

namespace glovebox::test {

// read_tsv gives a row for each line, by the names in the first; what stands behind a "|" of a name is left out.
inline std::vector<std::map<std::string, std::string>> read_tsv(const std::filesystem::path& path) {
  std::istringstream in{std::string(text_of(read(path)))};
  const auto cells = [](const std::string& line) {
    std::vector<std::string> out;
    std::istringstream from(line);
    for (std::string cell; std::getline(from, cell, '\t');) out.push_back(cell);
    return out;
  };
  std::string line;
  std::getline(in, line);
  const auto names = cells(line);
  std::vector<std::map<std::string, std::string>> out;
  while (std::getline(in, line)) {
    const auto values = cells(line);
    auto& row = out.emplace_back();
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i)
      row[names[i].substr(0, names[i].find('|'))] = values[i];
  }
  return out;
}

}  // namespace glovebox::test
