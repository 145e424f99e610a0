// rows.h: the rows of a file of which only a part is read, checked as they are walked, and those that matter handed to
// the reference's reader. What the two ways of finding them share.
#pragma once
#include "genome/reader.h"
#include "scan/blocks.h"
#include "scan/glance.h"
#include "scan/wanted.h"

namespace glovebox::scan {

// Walked is a row in its place.
struct Walked {
  TextLine line;
  Glance glance;
};

class Rows {
 public:
  // Both must outlive it.
  Rows(Blocks& blocks, genome::PersonRows& person, std::size_t line_max) : person_(person), cursor_(blocks, line_max) {}

  LineCursor& cursor() { return cursor_; }
  // enter begins the stretch of a contig; vcf_unsorted if another contig's rows were last in the stretch and its name
  // was there before.
  void enter(std::string_view contig);
  // next reads the row at the cursor; nothing at the file's end. vcf_malformed; vcf_unsorted if it is of the contig
  // entered and lies before one that was walked before it.
  Result<std::optional<Walked>> next();
  // hand gives a row to the person's rows, once; rows come in the file's order. Errors are those of PersonRows::row.
  Status hand(const TextLine& line);

 private:
  genome::PersonRows& person_;
  LineCursor cursor_;
  std::string contig_;
  std::uint64_t position_ = 0;
  Virtual walked_ = 0;  // where the last row walked on this contig begins
  std::uint64_t handed_ = 0;
  std::optional<Virtual> last_handed_;
};

}  // namespace glovebox::scan
