// wanted.h: where on the genome a row must lie to say something about a model's sites.
#pragma once
#include <array>

#include "genome/sites.h"

namespace glovebox::scan {

// Region is the positions [first, last] (1-based).
struct Region {
  std::uint64_t first = 0, last = 0;

  bool operator==(const Region&) const = default;
};
// Wanted are the regions on each chromosome by its number, sorted, none touching the next.
using Wanted = std::array<std::vector<Region>, genome::chromosomes_end>;

// wanted_of: a row that overlaps none of these regions, with all that it speaks of, changes nothing that
// genome::Matcher says. Sites on Y and MT are unsupported whatever a file says, and want nothing.
Wanted wanted_of(const genome::Panel& panel);
std::size_t count(const Wanted& wanted);

}  // namespace glovebox::scan
