#include "scan/wanted.h"

#include <algorithm>

namespace glovebox::scan {

Wanted wanted_of(const genome::Panel& panel) {
  Wanted out;
  for (std::size_t i = 0; i < panel.size(); ++i) {
    const genome::Site& site = panel.site(i);
    if (!site.chromosome.is_autosome() && site.chromosome != genome::chromosome_x) continue;
    const genome::Variant& variant = panel.variant(i);
    // One before: an insertion stands with the base before it.
    const std::uint64_t first = std::max<std::uint64_t>(site.position, 2) - 1;
    const std::uint64_t bases = std::max({variant.first.size(), variant.second.size(), std::size_t{1}});
    out.at(site.chromosome.number).push_back({first, std::max(site.position, variant.position) + bases});
  }
  for (auto& regions : out) {
    std::ranges::sort(regions, {}, &Region::first);
    std::size_t kept = 0;
    for (const Region& region : regions) {
      if (kept > 0 && region.first <= regions[kept - 1].last + 1)
        regions[kept - 1].last = std::max(regions[kept - 1].last, region.last);
      else
        regions[kept++] = region;
    }
    regions.resize(kept);
  }
  return out;
}

std::size_t count(const Wanted& wanted) {
  std::size_t out = 0;
  for (const auto& regions : wanted) out += regions.size();
  return out;
}

}  // namespace glovebox::scan
