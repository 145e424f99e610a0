// panel.h: the panels of the contests.
#pragma once
#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "genome/sites.h"

namespace glovebox::bench {

// panel_of reads one on GRCh38. Lines are chromosome, position, REF, ALT and ID, with tabs.
inline Result<genome::Panel> panel_of(const char* path) {
  GLOVEBOX_TRY(bytes, read_file(path, std::size_t{1} << 30));
  std::vector<genome::Site> sites;
  std::string_view text = text_of(bytes);
  sites.reserve(static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
  const auto field = [&text](char end) {
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view out = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return out;
  };
  while (!text.empty()) {
    const std::string_view contig = field('\t'), position = field('\t'), ref = field('\t'), alt = field('\t');
    field('\n');
    const auto chromosome = genome::chromosome_of(contig);
    if (!chromosome) return fail(Reject::file_unreadable, std::string(contig));
    genome::Site site{.chromosome = *chromosome,
                      .position = 0,
                      .effect_allele = std::string(alt),
                      .other_allele = std::string(ref),
                      .reference = genome::ReferenceAllele::other};
    std::from_chars(position.data(), position.data() + position.size(), site.position);
    sites.push_back(std::move(site));
  }
  return genome::Panel::create(genome::Build::grch38, std::move(sites));
}

}  // namespace glovebox::bench
