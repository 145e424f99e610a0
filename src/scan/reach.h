// reach.h: the stretches of a genome where a row can say something about a panel's site. A row that ends before such a
// stretch and begins after the one before it says nothing about any site: Matcher would note nothing.
#pragma once
#include <array>

#include "genome/sites.h"

namespace glovebox::scan {

// Stretch is a run of positions, both ends in it. Positions on a chromosome fit 32 bits.
struct Stretch {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

// stretch_of a site goes from its position to the last base that its trimmed alleles cover.
Stretch stretch_of(const genome::Panel& panel, std::uint32_t site);

// Reach holds them by chromosome, sorted, with a gap between each two. A row speaks of POS to END, or to the position
// behind its REF, where what it inserts would be; Matcher looks only at sites whose stretch meets that.
class Reach {
 public:
  explicit Reach(const genome::Panel& panel);
  // on is empty for chromosomes that are not read: Y and MT.
  std::span<const Stretch> on(genome::Chromosome chromosome) const { return stretches_.at(chromosome.number); }

 private:
  std::array<std::vector<Stretch>, genome::chromosomes_end> stretches_;
};

}  // namespace glovebox::scan
