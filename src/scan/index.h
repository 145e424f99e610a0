// index.h: a .tbi or .csi of a BGZF VCF: which stretches of the file hold the rows that overlap a region (the tabix and
// CSIv1 specifications of samtools). Rows lie in bins, each an interval of the contig; a bin lists chunks of the file.
// Beside them stands, for each interval (.tbi) or bin (.csi), where the first row begins that overlaps it.
#pragma once
#include <string>
#include <vector>

#include "base/reader.h"
#include "scan/blocks.h"

namespace glovebox::scan {

constexpr std::uint64_t index_bytes_max = std::uint64_t{64} << 20;  // a .tbi of a whole genome has 2 MB
constexpr std::size_t index_text_max = std::size_t{256} << 20;      // inflated
constexpr std::size_t index_contigs_max = std::size_t{1} << 17;     // as genome::contigs_max
constexpr std::uint32_t index_depth_max = 9;                        // levels of bins; bin numbers fit 32 bits
constexpr std::uint32_t index_shift_max = 30;                       // of the smallest bin's size

// Chunk is a stretch of the file's text, [begin, end). The row at `begin` overlaps the positions [low, high] (1-based).
struct Chunk {
  Virtual begin = 0, end = 0;
  std::uint64_t low = 0, high = 0;

  bool operator==(const Chunk&) const = default;
};

class Index {
 public:
  struct Contig {
    std::string name;
    Virtual begin = 0, end = 0;  // of all its rows; equal if it has none
    bool has_rows() const { return begin != end; }
  };

  // read takes the file, which is BGZF. Errors: those of Blocks and parse; too_large.
  static Result<Index> read(Source& source);
  // parse takes its text. malformed; too_large; type_unsupported for an index of another kind of file, or of a VCF
  // whose columns stand elsewhere.
  static Result<Index> parse(View text);

  // contigs are those of the file, in any order.
  const std::vector<Contig>& contigs() const { return contigs_; }
  // chunks lists those that may hold a row that overlaps the positions [first, last] (1-based), sorted by begin. The
  // stretches may overlap. Rows in them are sorted, so that after one beyond `last` none overlaps.
  // What it looked at on the way is added to `looked_at`: a hostile index can make much of it for few chunks.
  std::vector<Chunk> chunks(std::size_t contig, std::uint64_t first, std::uint64_t last,
                            std::uint64_t& looked_at) const;

 private:
  struct Span {
    Virtual begin = 0, end = 0;
  };
  struct Bin {
    std::uint32_t number = 0;
    std::uint32_t count = 0;  // chunks
    std::size_t first = 0;    // in spans_
    Virtual least = 0;        // .csi: no row that overlaps the bin begins before
  };
  struct Tree {
    std::size_t first = 0, count = 0;            // in bins_, sorted by number
    std::size_t windows_first = 0, windows = 0;  // in windows_
  };

  Index() = default;
  Status form(Reader& in, bool csi);
  Status tree(Reader& in, Contig& contig);
  std::uint32_t bins_before(std::uint32_t level) const { return ((std::uint32_t{1} << (3 * level)) - 1) / 7; }
  const Bin* find(const Tree& tree, std::uint32_t number) const;
  Virtual least(const Tree& tree, std::uint64_t position) const;

  std::uint32_t shift_ = 14;  // a smallest bin has 2^shift positions
  std::uint32_t depth_ = 5;   // levels below the bin of everything, each of eight parts
  bool windowed_ = true;      // .tbi
  std::vector<Contig> contigs_;
  std::vector<Tree> trees_;
  std::vector<Bin> bins_;
  std::vector<Span> spans_;
  std::vector<Virtual> windows_;
};

}  // namespace glovebox::scan
