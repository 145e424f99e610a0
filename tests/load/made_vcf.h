// made_vcf.h: a genome of any size that is made while it is read, plain or as BGZF, the same bytes each time: a file of
// gigabytes need not lie on any disk.
#pragma once
#include <memory>

#include "client/data.h"

namespace glovebox::load {

// made_vcf gives about `bytes` of text: one sample, build GRCh37, all 22 autosomes, a record as callers write them
// (some 200 bytes).
std::unique_ptr<client::Data> made_vcf(std::uint64_t bytes, bool compressed);

}  // namespace glovebox::load
