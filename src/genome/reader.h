// reader.h: one person's dosages out of a VCF. The reference implementation: clear and slow; a faster one must agree
// with it. Memory is bounded by the longest line and the model's sites, whatever the file's size. It makes no system
// call but for memory, so it runs where nothing else is allowed.
#pragma once
#include <unordered_set>

#include "genome/build.h"
#include "genome/matcher.h"
#include "genome/stream.h"

namespace glovebox::genome {

struct Options {
  std::optional<Build> build = {};  // as declared; without it the header must tell
  Rules rules = {};
  std::optional<std::string> sample = {};  // needed where there are several
  Limits limits = {};
  std::shared_ptr<const Callable> callable = {};  // of the same panel; null if no regions were given
};

// Extracted is what a file says about one person and one model.
struct Extracted {
  Dosages dosages;
  unsigned version = 0;  // of VCFv4.N
  std::string sample;
  std::uint64_t samples = 0;  // in the file
  std::uint64_t records = 0;
  Build build = Build::grch37;
  BuildStanding build_standing = BuildStanding::declared_not_checked;
};

// build_is_doubtful says that fewer than 9 in 10 of the sites found carry the model's alleles; one stray site is no
// doubt.
bool build_is_doubtful(const Dosages& dosages);

// SortedRuns holds a body to the order that the specification asks: each contig in one run, positions not falling
// inside.
class SortedRuns {
 public:
  // next takes a record's place; vcf_unsorted otherwise. True where a new contig begins.
  Result<bool> next(const Record& record);

 private:
  std::unordered_set<std::string> seen_;
  std::string contig_;
  std::uint64_t position_ = 0;
};

class Extraction {
 public:
  // The panel must outlive the extraction.
  Extraction(const Panel& panel, Options options);
  Extraction(const Extraction&) = delete;
  Extraction& operator=(const Extraction&) = delete;

  // feed takes the next piece of the file, compressed or not. The first error sticks. Beside those of VcfStream,
  // parse_record, read_call and check_rules: no_samples, sample_unknown, sample_ambiguous, vcf_unsorted,
  // build_mismatch, build_unknown.
  Status feed(View piece);
  // finish ends the file; beside all these build_doubtful and absence_undeclared.
  Result<Extracted> finish();

 private:
  Status header(Header header);
  Status body(const Line& line);
  Status new_contig(const Record& record);
  const Panel& panel_;
  Options options_;
  Header header_;
  std::size_t sample_ = 0;
  Extracted out_;
  SortedRuns runs_;
  std::optional<Chromosome> chromosome_;  // of the current contig
  std::bitset<chromosomes_end> chromosomes_;
  Matcher matcher_;
  VcfStream stream_;
};

}  // namespace glovebox::genome
