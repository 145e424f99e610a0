// header.h: the header of a VCF (VCF 4.5 section 1.4): version, contigs and their lengths, sample names. Only what a
// score depends on is checked to the letter; other meta lines are held to the form `##key=value`, and `<ID=...>` where
// the specification says so, because real callers write all kinds of things into them.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "genome/lines.h"

namespace glovebox::genome {

constexpr std::size_t header_lines_max = std::size_t{1} << 20;
constexpr std::size_t header_bytes_max = std::size_t{64} << 20;
constexpr std::size_t contigs_max = std::size_t{1} << 17;  // GRCh38 with decoys and HLA has 3,366
constexpr std::size_t samples_max = std::size_t{1} << 20;
constexpr std::size_t fixed_columns = 8;  // CHROM to INFO

struct Contig {
  std::string name;
  std::optional<std::uint64_t> length;  // bases; many real headers leave it out
};

struct Header {
  unsigned version = 0;  // the N of VCFv4.N, 1 to 5
  std::vector<Contig> contigs;
  std::vector<std::string> samples;
  bool has_format = false;  // the FORMAT column is there

  std::size_t columns() const { return has_format ? fixed_columns + 1 + samples.size() : fixed_columns; }
  // sample_index finds the sample of that name, or the only one. no_samples, sample_unknown, sample_ambiguous (no name
  // was given and there are several).
  Result<std::size_t> sample_index(const std::optional<std::string>& name) const;
};

class HeaderParser {
 public:
  // line takes the next line of the header, the first being ##fileformat, the last #CHROM. Errors: version_unsupported,
  // vcf_malformed, too_large.
  Status line(const Line& line);
  // complete says that #CHROM was read.
  bool complete() const { return complete_; }
  // take moves the header out; only when complete.
  Header take() { return std::move(header_); }
  // unfinished is the error for a text that ends before #CHROM.
  Status unfinished() const;

 private:
  Status file_format(const Line& line);
  Status meta(const Line& line);
  Status structured(const Line& line, std::string_view key, std::string_view value);
  Status contig(const Line& line, std::string_view id, std::string_view length);
  Status column_names(const Line& line);
  Header header_;
  std::unordered_map<std::string, std::optional<std::uint64_t>> contig_lengths_;
  std::size_t lines_ = 0;
  std::size_t bytes_ = 0;
  bool complete_ = false;
};

}  // namespace glovebox::genome
