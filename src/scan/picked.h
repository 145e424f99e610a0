// picked.h: one person's dosages out of a BGZF file of which only the blocks are read that can say something about the
// model's sites. Which ones, a .tbi or .csi index tells, or a search over the blocks. docs/architecture.md says how.
//
// It runs on the sender's own machine, over the sender's own file. What is not read is not checked: a line that is not
// well formed, or out of order, in a block that no site needs goes unseen, where the whole file's reader would refuse
// the file. Whatever is odd in what is read (disorder, a row that reaches further than an index or a search can know,
// an index of another file) makes the answer "read the whole file", never an absent site.
#pragma once
#include "genome/reader.h"
#include "scan/source.h"

namespace glovebox::scan {

// Way is how the records were found. Words: index, block-search, whole-file.
enum class Way : std::uint8_t { index, block_search, whole_file };
std::string_view name(Way way);

// PickOptions are bounds of the two ways; tests move them.
struct PickOptions {
  // With fewer blocks than this for each site, on average, the whole file's scan is faster; without an index, with
  // fewer than twice as many. The file's blocks are counted, or, before an index is read, guessed from the first ones.
  std::uint64_t dense_blocks = 2;
  // Without an index: how many bases before a site a deletion over it may begin, and the longest REF that lets a search
  // rely on that.
  std::uint64_t look_back = std::uint64_t{1} << 16;
  std::uint64_t longest_ref = std::uint64_t{1} << 12;
};

// Picked is what came of it.
struct Picked {
  // What genome::Extraction finds in the whole file, but for `records`, which counts the records that were handed to
  // the matcher. Nothing if the whole file has to be read: then `way` is whole_file and `notes` say why.
  std::optional<genome::Extracted> extracted;
  Way way = Way::whole_file;
  std::vector<std::string> notes;  // why the index, or the search, was not used; for the sender alone
  std::uint64_t blocks_read = 0;   // blocks inflated
};

// pick reads what it needs of `vcf`, by `index` (.tbi or .csi, as it lies in the file) if there is one. Both need to
// live during the call only; the panel too. Errors: file_unreadable; truncated for a BGZF file without its end-of-file
// marker; those of the header and of genome::Extraction::finish. Anything else that the whole file's reader would
// refuse is left to it.
Result<Picked> pick(Source& vcf, Source* index, const genome::Panel& panel, const genome::Options& options,
                    const PickOptions& how = {});

}  // namespace glovebox::scan
