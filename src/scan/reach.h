// reach.h: the stretches of a genome where a row can say something about a panel's site. A row that ends before such a
// stretch and begins after the one before it says nothing about any site: Matcher would note nothing.
#pragma once
#include <array>

#include "genome/sites.h"

namespace glovebox::scan {

constexpr std::uint32_t no_lone_site = ~std::uint32_t{0};

// Stretch is a run of positions, both ends in it. Positions on a chromosome fit 32 bits.
struct Stretch {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  // The site of which it is the stretch, if this is an SNV and no other site's stretch meets it.
  std::uint32_t lone = no_lone_site;
};

// stretch_of a site goes from its position to the last base that its trimmed alleles cover.
Stretch stretch_of(const genome::Panel& panel, std::uint32_t site);

// Reach holds them by chromosome, sorted, no two meeting. A row speaks of POS to END, or to the last base of its REF,
// or to the position behind it, where what it inserts would be; Matcher looks only at sites whose stretch meets that.
class Reach {
 public:
  explicit Reach(const genome::Panel& panel);
  // on is empty for chromosomes that are not read: Y and MT.
  std::span<const Stretch> on(genome::Chromosome chromosome) const { return stretches_.at(chromosome.number); }

 private:
  std::array<std::vector<Stretch>, genome::chromosomes_end> stretches_;
};

}  // namespace glovebox::scan
