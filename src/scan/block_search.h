// block_search.h: the rows that matter to a model's sites, found without an index: the heads of all blocks are read,
// the contigs' order is learned by bisection, and each site's block is searched for by its rows' positions, guessed
// from those that are known already.
//
// A search can rely on rows that speak of their REF alone, and of no long one: a row that lies far before a site and
// still speaks of it cannot be found so. Any such row that is seen, in whatever block, ends the search; so does a
// header that declares them.
#pragma once
#include "scan/picked.h"
#include "scan/rows.h"

namespace glovebox::scan {

// BlockPlace is where a block with text lies.
struct BlockPlace {
  std::uint64_t offset = 0;
  std::uint32_t text = 0;  // bytes, as the block's tail says
};
// list_blocks goes from head to head; blocks without text are left out. compression_invalid if they do not end where
// the file does.
Result<std::vector<BlockPlace>> list_blocks(Source& source);

// walk_by_search hands the first row of each contig, and all rows that overlap a wanted region and begin at most
// `look_back` before it, to `rows`. Errors beside those of Rows: vcf_unsorted for disorder between blocks; unsupported
// for a row that a search cannot rely on; too_large if it would read most of the blocks.
Status walk_by_search(Source& source, Blocks& blocks, std::size_t line_max, const Wanted& wanted, Virtual body,
                      const PickOptions& how, Rows& rows);

}  // namespace glovebox::scan
