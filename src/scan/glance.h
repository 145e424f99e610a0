// glance.h: the least of a VCF row that tells whether it can matter to a site: its contig, and the stretch it speaks
// of. genome::parse_record reads the rest, of rows that matter.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace glovebox::scan {

struct Glance {
  std::string_view chrom;
  std::uint64_t pos = 0;
  std::uint64_t ref_end = 0;  // the position of REF's last base; POS - 1 at most where POS is 0
  std::uint64_t end = 0;      // the last position that the row speaks of, as genome::Record::end
  bool reaches = false;       // an ALT is not spelled out, so that the row may speak of more than its REF
  // Its end stands elsewhere than in INFO END, where indexes look for it: in SVLEN or in a sample's LEN. Or there is an
  // END before REF's own end, which an index would believe.
  bool beyond_indexes = false;
};

// glance reads a row, with or without its line end; nothing if it has no such form.
std::optional<Glance> glance(std::string_view row);

}  // namespace glovebox::scan
