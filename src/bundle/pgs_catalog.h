// pgs_catalog.h: the scoring files that people have: the PGS Catalog's (format 2.0, as its authors gave it or
// harmonised to a build), OmicsPred's, and tables of one's own with a bare line of column names. Plain or compressed.
// Read on the model owner's machine, when a bundle is made; the enclave never sees one.
//
// https://www.pgscatalog.org/downloads/#dl_ftp_scoring
#pragma once
#include <map>
#include <optional>

#include "bundle/features.h"
#include "model/polygenic.h"

namespace glovebox::bundle {

constexpr std::size_t scoring_file_size_max = std::size_t{1} << 30;  // bytes, as they lie on disk

// Which of a file's two places a row is taken from.
enum class Columns { author, harmonised };
// How the build became known: the file says it, or nothing but the person does.
enum class BuildKnown { by_file, by_caller };

struct ScoringRow {
  std::size_t line = 0;
  std::string id = {};             // rsID or another name; may be empty
  std::string effect_allele = {};  // as written if the row is not scored
  std::optional<genome::Site> site = {};
  std::optional<Why> unscored = {};  // exactly one of the two
  bool other_inferred = false;       // the other allele is the harmoniser's inference, not the author's word
  bool rounded = false;              // a weight has more than 24 places
  model::Effect effect = model::Effect::additive;
  std::array<model::Int128, 3> weights{};
  std::string frequency = {};  // of the effect allele, decimal; empty if not given
};

struct ScoringFile {
  std::map<std::string, std::string, std::less<>> header;  // "pgs_id" and so on, as written; "NR" is not there
  std::vector<std::string> frequency_columns;              // every column that holds frequencies
  Columns columns = Columns::author;
  BuildKnown build_known = BuildKnown::by_file;
  Build build = Build::none;
  std::string accession = {};  // pgs_id, omicspred_id, score_id, or the column `accession`
  std::vector<ScoringRow> rows;

  std::string_view said(std::string_view key) const;  // of the header, or nothing
  std::size_t scored() const;
};

struct ScoringFileOptions {
  Build build = Build::none;          // whose positions are wanted
  std::string frequency_column = {};  // empty: allelefrequency_effect
  std::uint64_t inflated_max = std::uint64_t{4} << 30;
};

// read_scoring_file reads one whole. Errors: model_malformed with line and column (not in the form; a weight, position
// or frequency that is none), model_version_unsupported (format 1.0), type_unsupported (several scores in one file, or
// another tool's form), model_invalid (dominant and recessive at once, one allele twice, no row that can be scored),
// build_mismatch (neither pair of columns is on that build), build_unknown (the file says NR), too_large, and what the
// inflater refuses.
Result<ScoringFile> read_scoring_file(View bytes, const ScoringFileOptions& options);

}  // namespace glovebox::bundle
