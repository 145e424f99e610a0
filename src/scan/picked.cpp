#include "scan/picked.h"

#include <array>

namespace glovebox::scan {

std::string_view name(Way way) {
  constexpr auto words = std::to_array<std::string_view>({"index", "block-search", "whole-file"});
  return words.at(static_cast<std::size_t>(way));
}

Result<Picked> pick(Source&, Source*, const genome::Panel&, const genome::Options&, const PickOptions&) {
  return Picked{.extracted = {}, .way = Way::whole_file, .notes = {}, .blocks_read = 0};
}

}  // namespace glovebox::scan
