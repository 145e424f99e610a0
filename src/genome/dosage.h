// dosage.h: from a person's records to one dosage for each site of a model. Every site ends in exactly one outcome of a
// closed list; whatever is not certain is missing, never reference. The rules stand at Outcome and in the .cpp file.
//
// Alleles are counted in the record as it stands, never in a split one. A strand is never flipped. Sites on X, Y and
// MT, calls that are not diploid, gVCF blocks and dosages without a GT are `unsupported` for now.
#pragma once
#include <array>
#include <bitset>
#include <vector>

#include "genome/record.h"
#include "genome/sites.h"

namespace glovebox::genome {

// GLOVEBOX_OUTCOMES(X) lists every outcome as X(name, gives a dosage, sentence).
#define GLOVEBOX_OUTCOMES(X)                                                                            \
  X(matched, true, "the effect allele is an ALT allele, or the record is a homozygous-reference row")   \
  X(matched_swapped, true, "the effect allele is the REF allele")                                       \
  X(matched_flipped, true, "matched on the other strand")                                               \
  X(matched_no_other_allele, true, "the model names no other allele; the effect allele is there")       \
  X(homref_from_block, true, "a gVCF block says homozygous reference")                                  \
  X(homref_assumed, true, "no record; homozygous reference by the declared absence policy")             \
  X(frequency_assumed, false, "no record; the model's allele frequency by the declared absence policy") \
  X(absent, false, "no record")                                                                         \
  X(missing_call, false, "the call is missing")                                                         \
  X(half_call, false, "one allele of the call is missing")                                              \
  X(ambiguous, false, "the records do not say which allele this is")                                    \
  X(allele_absent, false, "a record is there, with other alleles")                                      \
  X(filtered, false, "FILTER, or the sample's FT, is neither PASS nor .")                               \
  X(duplicate, false, "two records carry this site")                                                    \
  X(unsupported, false, "a form of call that is not supported yet")

enum class Outcome : std::uint8_t {
#define GLOVEBOX_OUTCOME(name, dosage, sentence) name,
  GLOVEBOX_OUTCOMES(GLOVEBOX_OUTCOME)
#undef GLOVEBOX_OUTCOME
};
constexpr std::size_t outcomes_end = 15;

std::string_view name(Outcome outcome);
std::string_view sentence(Outcome outcome);
// gives_dosage says whether a site with this outcome has a dosage; the others are missing.
bool gives_dosage(Outcome outcome);

constexpr std::size_t matched_text_max = 128;  // bytes of each text in Matched; longer ones are cut and end in "..."

// Matched is the record that carries a site's alleles, for a log of the matching.
struct Matched {
  std::string id, ref, alt;  // as in the record; all empty if there was none
  bool effect_is_ref = false;
  bool flipped = false;       // its alleles are on the other strand
  bool multiallelic = false;  // the record has several ALTs
  bool palindromic = false;   // A/T or C/G
};

// Dosages are the matcher's answer, all by site number: how many effect alleles (or missing_dosage), of how many, and
// why.
struct Dosages {
  std::vector<Dosage> dosage;
  std::vector<std::uint8_t> alleles;  // that the dosage is of: 2, or 1 for a single X; 0 where it is missing
  std::vector<Outcome> outcome;
  std::vector<Matched> matches;                      // empty unless Rules::keep_matches
  std::array<std::uint64_t, outcomes_end> counts{};  // of sites, by outcome
  std::uint64_t found = 0;                           // sites at whose position a record stands
  std::uint64_t found_with_alleles = 0;              // of these, those whose record carries the model's alleles

  std::uint64_t count(Outcome o) const { return counts[static_cast<std::size_t>(o)]; }
};

// Matcher takes a file's records in order, each contig once and sorted by position. The panel must outlive it.
class Matcher {
 public:
  explicit Matcher(const Panel& panel) : panel_(panel), sites_(panel.size()) {}

  void record(const Record& record, Chromosome chromosome);
  // finish decides every site. Under `homref`, a site is taken as reference only if the model says which of its alleles
  // that is (else unsupported), and only on chromosomes of which the file has records (else absent).
  Dosages finish(Absence absence) const;

 private:
  // What records have said about a site so far.
  struct Seen {
    std::uint64_t matched_line = 0;  // the record that carries the site's alleles
    std::uint8_t matches = 0;        // 0, 1, or 2 for more
    Outcome outcome = Outcome::absent;
    Dosage dosage = missing_dosage;
    bool counts_reference = false;  // the dosage counts REF alleles, which records beside this one can take away
    bool other_alleles = false;     // a record at this position has other alleles
    bool overlapped = false;        // another record's called allele lies over the site
    bool overlapped_filtered = false;
    bool no_call = false;  // within the REF of a record whose call is missing
    bool half_call = false;
    bool block = false;       // within a gVCF block
    bool structural = false;  // within a called symbolic allele
  };
  enum class Reach : std::uint8_t { block, structural, no_call };

  void match(std::uint32_t number, const Record& record, std::string_view effect, bool swapped);
  void match_alleles(const Record& record, Chromosome chromosome);
  void match_reference_row(const Record& record, Chromosome chromosome);
  void note_other_alleles(const Record& record, Chromosome chromosome);
  void note_missing(const Record& record, Chromosome chromosome);
  void note_overlaps(const Record& record, Chromosome chromosome);
  void note_reach(const Record& record, Chromosome chromosome);
  void cover(Reach reach, Chromosome chromosome, std::uint64_t first, std::uint64_t last);
  void settle(std::uint32_t number, const Record& record, Outcome outcome, Dosage dosage, bool counts_reference);
  Outcome decide(std::size_t number, Absence absence, Dosage& dosage) const;

  const Panel& panel_;
  std::vector<Seen> sites_;
  std::bitset<chromosomes_end> chromosomes_;
  Chromosome current_;
  std::array<std::uint64_t, 3> covered_{};  // by Reach: the last position noted on the current chromosome
};

}  // namespace glovebox::genome
