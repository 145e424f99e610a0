// regions.h: the stretches of a genome that a person's caller looked at (BED, plain, gzip or BGZF). A site without a
// record inside them is homozygous reference; outside, nobody knows. Lines may stand in any order; memory is bounded by
// the model's sites, whatever the file's size.
#pragma once
#include <memory>
#include <vector>

#include "genome/inflate.h"
#include "genome/lines.h"
#include "genome/sites.h"

namespace glovebox::genome {

constexpr std::size_t bed_line_max = std::size_t{1} << 16;  // bytes; BED12 with many blocks has a few thousand

// A BED of a whole genome has some 100 MB at most.
constexpr InflateLimits bed_limits = {.inflated_max = std::uint64_t{1} << 30};

// Callable is one bit for each site of a panel.
class Callable {
 public:
  explicit Callable(std::size_t sites) : bits_(sites) {}
  // covers says that one region holds every base of the site's reference allele.
  bool covers(std::size_t site) const { return bits_.at(site); }
  void set(std::size_t site) { bits_.at(site) = true; }
  std::size_t sites() const { return bits_.size(); }

 private:
  std::vector<bool> bits_;
};

class CallableReader {
 public:
  // The panel must outlive the reader.
  explicit CallableReader(const Panel& panel, const InflateLimits& limits = bed_limits);
  CallableReader(const CallableReader&) = delete;
  CallableReader& operator=(const CallableReader&) = delete;

  // feed takes the next piece of a BED: chromosome (with or without chr), start and end, counted from 0, the end not in
  // it. Lines that begin with #, "track" or "browser" are comments; other contigs are skipped. regions_malformed;
  // build_mismatch for an end beyond the chromosome's; too_large; what the Inflater refuses. The first error sticks.
  Status feed(View piece);
  // finish ends the file.
  Result<Callable> finish();

 private:
  Status line(const Line& line);
  void cover(Chromosome chromosome, std::uint64_t first, std::uint64_t last);
  std::size_t next_open(std::size_t rank);
  const Panel& panel_;
  Callable callable_;
  std::vector<std::uint32_t> skip_;  // by place in the panel's order: the next place that may be open
  LineSplitter splitter_;
  Inflater inflater_;
  Status status_;
};

}  // namespace glovebox::genome
