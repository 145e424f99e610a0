// pgs_pack.h: a bundle out of a scoring file: features from its rows, weights from its decimal strings, and a manifest
// from its header. What the header does not say is said to be unknown, never guessed.
#pragma once
#include "bundle/bundle.h"
#include "bundle/pgs_catalog.h"

namespace glovebox::bundle {

constexpr float coverage_gate_default = 0.75F;  // pgsc_calc's --min_overlap, here by weight

struct ScorePackOptions {
  std::string name = {};  // empty: from the score's id
  std::optional<float> coverage_gate = {};
  std::string manifest_toml = {};  // what is said here stands instead of what the header says
};

// pack_score makes the bundle's bytes. The rows' sites may have been given their reference alleles before. Errors:
// usage if the file gives the model no name; those of manifest_from_toml, load_polygenic and load.
Result<Bytes> pack_score(const ScoringFile& file, const ScorePackOptions& options);

}  // namespace glovebox::bundle
