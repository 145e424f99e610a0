// by_index.h: the rows that matter to a model's sites, found by a .tbi or .csi.
//
// That the index is of this file is checked where it costs nothing: the contigs' stretches must join, from behind the
// header to the file's end; each begins with a row of its contig, each chunk that is read with a row of its bin.
#pragma once
#include "scan/index.h"
#include "scan/rows.h"

namespace glovebox::scan {

// walk_by_index hands the first row of each contig and all rows that overlap a wanted region to `rows`. Errors beside
// those of Rows: malformed for an index that is not of this file.
Status walk_by_index(const Index& index, const Wanted& wanted, Virtual body, Rows& rows);

}  // namespace glovebox::scan
