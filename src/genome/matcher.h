// matcher.h: from a person's records to what becomes of each site of a model. The rules stand in docs/spec/genome.md.
//
// Alleles are counted in the record as it stands, never in a split one. What the records say is noted at each site as
// they pass; finish() weighs it. Memory is bounded by the panel.
#pragma once
#include <array>
#include <bitset>
#include <memory>

#include "genome/call.h"
#include "genome/regions.h"
#include "genome/sites.h"

namespace glovebox::genome {

// Matcher takes a file's records in order, each contig once and sorted by position. The panel must outlive it.
class Matcher {
 public:
  // `callable` is of this panel, or null if no regions were given.
  Matcher(const Panel& panel, const Rules& rules, std::shared_ptr<const Callable> callable);

  // record: what read_call refuses.
  Status record(const Record& record, Chromosome chromosome);
  // Snv is a row with one ALT, REF and ALT being one base each, that has passed, and whose GT calls two alleles.
  struct Snv {
    std::uint64_t line = 0;
    std::uint64_t position = 0;
    char ref = 0, alt = 0;
    unsigned copies = 0;  // of ALT
  };
  // snv does what record() would do with such a row, without a Record, where it lies at that site and under no other
  // site's alleles. False, with nothing done, if it takes more than that to do: then record() has to.
  bool snv(std::uint32_t number, const Snv& row);
  // finish decides every site.
  Dosages finish();

  // Which of a site's alleles the reference has, by a stretch of reference bases.
  enum class Shown : std::uint8_t { nothing, effect, other, neither, either };
  // What a record says about all positions from its own to its end. The first ones are reference blocks.
  enum class Reach : std::uint8_t {
    block_two,          // two copies of the reference
    block_one,          // one copy
    block_filtered,     //
    block_half,         // one allele of two is missing
    block_missing,      // no call
    block_unsupported,  // no GT, or many copies; or the input kind is not gvcf
    block_ambiguous,    // an allele is called that is not named
    structural,         // a called symbolic allele
    no_call             // no call, in the way of Complete Genomics
  };
  static constexpr std::size_t reaches_end = 9;

  // What records have said about a site so far.
  struct Seen {
    std::uint64_t matched_line = 0;  // the record that carries the site's alleles
    std::uint8_t matches = 0;        // 0, 1, or 2 for more
    Answer answer = {};              // of that record
    bool counts_reference = false;   // the dosage counts REF alleles, which records beside this one can take away
    bool other_alleles = false;      // a record at this position has other alleles
    bool overlapped = false;         // another record's called allele lies over the site
    bool overlapped_filtered = false;
    bool no_call = false;  // within the REF of a record whose call is missing
    bool half_call = false;
    Shown shown = Shown::nothing;  // by a block that begins at the site
    std::bitset<reaches_end> reached;

    bool is(Reach reach) const { return reached.test(static_cast<std::size_t>(reach)); }
    bool operator==(const Seen&) const = default;
  };
  // How far the records of the current chromosome have gone.
  struct Progress {
    Chromosome chromosome = {};
    std::array<std::uint64_t, reaches_end> covered{};  // by Reach: the last position noted
    auto operator<=>(const Progress&) const = default;
  };
  // What is weighed of a site.
  struct Weighed {
    Answer answer = {};
    bool found = false;
    bool found_with_alleles = false;
  };

  // For a reader that goes through the records of many people at once (scan/cohort.h). All that a matcher keeps of a
  // person is one Seen for each site and the Progress; a record changes a site's Seen by itself, the Progress before it
  // and what that Seen was, whatever the other sites'. Matches are not part of it.
  const Seen& seen(std::size_t number) const { return sites_[number]; }
  void set_seen(std::size_t number, const Seen& seen) { sites_[number] = seen; }
  const Progress& progress() const { return progress_; }
  void set_progress(const Progress& progress) { progress_ = progress; }
  Weighed weigh(std::size_t number) const;

 private:
  // One record, read.
  struct Row {
    const Record& record;
    const Call& call;
    Chromosome chromosome;
  };
  // How a record carries a site's alleles: the effect allele's text in it, whether that is REF, and whether on the
  // other strand.
  struct Carried {
    std::string_view effect;
    bool swapped = false;
    bool flipped = false;
  };

  // matcher.cpp: records that carry a site's alleles
  void match_alleles(const Row& row);
  void match_without_other(const Row& row);
  void match_reference_row(const Row& row);
  void match(std::uint32_t number, const Row& row, const Carried& carried);
  void settle(std::uint32_t number, const Row& row, const Answer& answer, const Carried& carried);
  Region region(const Site& site) const { return region_of(panel_.build(), site.chromosome, site.position); }
  bool palindromic_in_doubt(const Site& site) const;
  // What a homozygous-reference row shows whose REF begins `bases` at the site; `flipped` is set if on the other
  // strand.
  Shown shown(const Site& site, std::string_view bases, bool& flipped) const;

  // surroundings.cpp: what records say about sites that they do not carry
  void note_other_alleles(const Row& row);
  void note_missing(const Row& row);
  void note_overlaps(const Row& row);
  void note_reach(const Row& row);
  void note_block(const Row& row, std::uint64_t last);
  void cover(Reach reach, Chromosome chromosome, std::uint64_t first, std::uint64_t last);
  Reach block_of(const Call& call) const;

  // decide.cpp: weighing
  Answer decide(std::size_t number) const;
  Answer decide_block(std::size_t number) const;
  Answer decide_absent(std::size_t number) const;

  const Panel& panel_;
  Rules rules_;
  std::shared_ptr<const Callable> callable_;
  bool takes_snvs_;
  std::vector<Seen> sites_;
  std::vector<Matched> matches_;
  std::bitset<chromosomes_end> chromosomes_;
  Progress progress_;
};

// add adds the next site.
void add(Dosages& dosages, const Matcher::Weighed& site);

}  // namespace glovebox::genome
