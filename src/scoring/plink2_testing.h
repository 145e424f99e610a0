// plink2_testing.h: what the tests that compare sums with other programs share: running them, cohorts whose people are
// handed to us one by one, and what plink2 --score answers.
#pragma once
#include <zlib.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support.h"

namespace glovebox::test {

inline std::string output_of(const std::string& command) {
  std::string out;
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    std::array<char, 4096> piece{};
    for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) out.append(piece.data(), n);
    ::pclose(pipe);
  }
  return out;
}
inline bool installed(const std::string& program) {
  return !output_of(program + " --version 2>/dev/null").empty();
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(separator, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}
inline std::vector<std::string> lines_of(const std::string& text) {
  auto out = split(text, '\n');
  if (out.back().empty()) out.pop_back();
  return out;
}

// Scratch is a folder that goes with the test.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "glovebox-test-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};

// text_of reads a file, compressed or not.
inline std::string text_of(const std::filesystem::path& path) {
  std::string out;
  if (gzFile file = ::gzopen(path.c_str(), "rb")) {
    std::array<char, 65536> piece{};
    for (int n = 0; (n = ::gzread(file, piece.data(), piece.size())) > 0;)
      out.append(piece.data(), static_cast<std::size_t>(n));
    ::gzclose(file);
  }
  return out;
}

// Cohort is a VCF of many people, of which file_of cuts out one.
class Cohort {
 public:
  explicit Cohort(std::string text) : text_(std::move(text)) {
    for (std::size_t at = 0; at < text_.size();) {
      const auto end = std::min(text_.find('\n', at), text_.size());
      const std::string_view line = std::string_view(text_).substr(at, end - at);
      at = end + 1;
      if (line.starts_with("##")) {
        header_ += std::string(line) + "\n";
        continue;
      }
      std::vector<std::string_view> columns;
      for (std::size_t c = 0; c <= line.size();) {
        const auto tab = std::min(line.find('\t', c), line.size());
        columns.push_back(line.substr(c, tab - c));
        c = tab + 1;
      }
      const std::string_view fixed = line.substr(0, static_cast<std::size_t>(columns.at(9).data() - line.data()));
      if (line.starts_with("#")) {
        names_ = fixed;
        samples_.assign(columns.begin() + 9, columns.end());
      } else {
        rows_.push_back({fixed, {columns.begin(), columns.begin() + 9}, {columns.begin() + 9, columns.end()}});
      }
    }
  }
  Cohort(const Cohort&) = delete;
  Cohort& operator=(const Cohort&) = delete;

  struct Row {
    std::string_view fixed;                // the first nine columns, with the tab after them
    std::vector<std::string_view> column;  // these
    std::vector<std::string_view> calls;   // by sample
  };
  const std::string& text() const { return text_; }
  const std::vector<std::string_view>& samples() const { return samples_; }
  const std::vector<Row>& rows() const { return rows_; }
  std::string file_of(std::size_t sample) const {
    std::string out = header_;
    out.append(names_).append(samples_[sample]).push_back('\n');
    for (const Row& row : rows_) out.append(row.fixed).append(row.calls[sample]).push_back('\n');
    return out;
  }

 private:
  std::string text_;
  std::string header_;
  std::string_view names_;
  std::vector<std::string_view> samples_;
  std::vector<Row> rows_;
};

// Plink2 is a row of an .sscore, as written: six digits.
struct Plink2 {
  std::string sum, average, dosage_sum, alleles, denominator;
};
// read_sscore reads one of a single score, by sample.
inline std::map<std::string, Plink2> read_sscore(const std::filesystem::path& path) {
  std::map<std::string, Plink2> out;
  std::vector<std::string> names;
  for (const std::string& line : lines_of(text_of(path))) {
    const auto cells = split(line, '\t');
    if (names.empty()) {
      names = cells;
      continue;
    }
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i].substr(names[i].rfind('_') + 1)] = cells.at(i);
    std::map<std::string, std::string> exact;
    for (std::size_t i = 0; i < names.size(); ++i) exact[names[i]] = cells.at(i);
    out[cells.at(0)] = {row["SUM"], row["AVG"], exact["NAMED_ALLELE_DOSAGE_SUM"], exact["ALLELE_CT"], exact["DENOM"]};
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i].ends_with("_SUM") && names[i] != "NAMED_ALLELE_DOSAGE_SUM") out[cells.at(0)].sum = cells[i];
  }
  return out;
}

// same_digits says that `text`, written with six digits, is `value` rounded; the last digit may go either way at a tie.
inline bool same_digits(const std::string& text, double value) {
  const double written = std::strtod(text.c_str(), nullptr);
  if (written == 0) return std::abs(value) < 1e-12;
  const double digit = std::pow(10, std::floor(std::log10(std::abs(written))) - 5);
  return std::abs(written - value) <= 0.51 * digit;
}

}  // namespace glovebox::test
