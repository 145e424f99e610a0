#include "scan/reach.h"

#include <algorithm>
#include <limits>

namespace glovebox::scan {

Stretch stretch_of(const genome::Panel& panel, std::uint32_t site) {
  const std::uint64_t first = panel.site(site).position;
  const genome::Variant& variant = panel.variant(site);
  const std::uint64_t size = std::max(variant.first.size(), variant.second.size());
  const std::uint64_t last = std::max(first, variant.position + std::max<std::uint64_t>(size, 1) - 1);
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)};
}

Reach::Reach(const genome::Panel& panel) {
  for (std::uint8_t number = 1; number <= genome::chromosome_x.number; ++number) {
    std::vector<Stretch>& out = stretches_[number];
    const auto sites = panel.starting_in({number}, 0, std::numeric_limits<std::uint32_t>::max());
    out.reserve(sites.size());
    for (const std::uint32_t site : sites) {
      Stretch stretch = stretch_of(panel, site);
      if (!out.empty() && stretch.first <= out.back().last) {
        out.back().last = std::max(out.back().last, stretch.last);
        out.back().lone = no_lone_site;
        continue;
      }
      const genome::Variant& variant = panel.variant(site);
      if (variant.first.size() == 1 && variant.second.size() == 1 && stretch.first == stretch.last) stretch.lone = site;
      out.push_back(stretch);
    }
    if (out.size() < sites.size() / 2) out.shrink_to_fit();
  }
}

}  // namespace glovebox::scan
