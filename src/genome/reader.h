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
  // go_on: more records of the same contig, in order, the last of them at `position`, were held to it elsewhere.
  void go_on(std::uint64_t position) { position_ = position; }

 private:
  std::unordered_set<std::string> seen_;
  std::string contig_;
  std::uint64_t position_ = 0;
};

// RowPlaces holds a body's rows to that order, each chromosome to one name and each position to its chromosome.
class RowPlaces {
 public:
  explicit RowPlaces(Build build) : build_(build) {}
  // next: vcf_unsorted, build_mismatch. Nothing for a contig that is no chromosome.
  Result<std::optional<Chromosome>> next(const Record& record);
  void go_on(std::uint64_t position) { runs_.go_on(position); }

 private:
  Status new_contig(const Record& record);
  Build build_;
  SortedRuns runs_;
  std::optional<Chromosome> chromosome_;  // of the current contig
  std::bitset<chromosomes_end> chromosomes_;
};

// check_found looks at a file's dosages as a whole: build_doubtful, absence_undeclared.
Status check_found(const Dosages& dosages, const Rules& rules);

// PersonRows is what a header and the rows behind it say about one person and one model.
class PersonRows {
 public:
  // The panel must outlive it.
  PersonRows(const Panel& panel, Options options);

  // Errors: those of check_rules; no_samples, sample_unknown, sample_ambiguous, build_mismatch, build_unknown.
  Status header(Header header);
  // row: those of parse_record and read_call; vcf_unsorted, build_mismatch.
  Status row(const Line& line);
  // snv: as row(), of an SNV's row of which Matcher::snv says more. It follows the last row, on the same contig and in
  // order. False, with nothing done, if it has to be given to row().
  bool snv(std::uint32_t site, const Matcher::Snv& row);
  // skip: `rows` rows, the last one at `position`, follow the last row that was given, on the same contig and in order,
  // that row() would have taken and that say nothing about any site of the panel.
  void skip(std::uint64_t rows, std::uint64_t position);
  // finish: build_doubtful, absence_undeclared.
  Result<Extracted> finish();

  const Options& options() const { return options_; }
  // Of the header, which must have been given.
  std::size_t columns() const { return header_.columns(); }
  std::size_t sample() const { return sample_; }

 private:
  const Panel& panel_;
  Options options_;
  Header header_;
  std::size_t sample_ = 0;
  Extracted out_;
  RowPlaces places_;
  Matcher matcher_;
};

class Extraction {
 public:
  // The panel must outlive the extraction.
  Extraction(const Panel& panel, Options options);
  Extraction(const Extraction&) = delete;
  Extraction& operator=(const Extraction&) = delete;

  // feed takes the next piece of the file, compressed or not. The first error sticks. They are those of VcfStream and
  // of PersonRows.
  Status feed(View piece);
  // finish ends the file.
  Result<Extracted> finish();

 private:
  PersonRows rows_;
  VcfStream stream_;
};

}  // namespace glovebox::genome
