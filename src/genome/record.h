// record.h: one line of a VCF's body (VCF 4.5 section 1.6), for one sample. What a score depends on is checked to the
// letter: columns, CHROM, POS, REF, ALT, FILTER, FORMAT and the sample's GT. QUAL, ID, INFO and the other FORMAT fields
// are checked only where damage would show (white space, empty fields), where call.h reads them, or not at all.
#pragma once
#include "genome/header.h"
#include "genome/place.h"

namespace glovebox::genome {

constexpr std::size_t ploidy_max = 64;      // alleles of one call; pools of many people are not a person
constexpr std::size_t alleles_max = 65536;  // ALT alleles of one record

enum class AlleleKind : std::uint8_t {
  bases,     // A, C, G, T, N or another IUPAC letter, any case
  star,      // "*": missing because a deletion lies over it
  unseen,    // "<*>", "<NON_REF>", "<X>": any allele that is not listed
  symbolic,  // "<DEL>", ...: not spelled out
  breakend
};
// kind_of reads an ALT allele's form; nothing if it has none.
std::optional<AlleleKind> kind_of(std::string_view alt);

struct Alt {
  std::string_view text;
  AlleleKind kind;
};

constexpr std::int32_t no_allele = -1;  // "." in a GT

// Genotype is a GT: allele numbers, 0 being REF, no_allele where missing. Phase is read and dropped. Beside ALT "." an
// allele number of 1 is let pass: an allele that is not named.
struct Genotype {
  std::vector<std::int32_t> alleles;

  bool all_missing() const;
  bool any_missing() const;
  // carries says that a called allele is not REF.
  bool carries_alternative() const;
};

// CallFields are the sample's numbers beside its GT, as text: nothing where FORMAT does not name the field, "." where
// the sample leaves it out. call.h reads those that the rules ask for.
struct CallFields {
  std::optional<std::string_view> ds, gp;        // copies of each ALT; probability of each genotype
  std::optional<std::string_view> gq, rgq, gqx;  // the call's quality, phred
  std::optional<std::string_view> dp, min_dp;    // reads; the fewest of a block
};

// Record borrows from its line. `alts` is empty where ALT is ".".
struct Record {
  std::uint64_t line = 0;
  std::string_view chrom;
  std::string_view pos_text;
  std::uint64_t pos = 0;  // 1-based; 0 is a telomere
  std::string_view id;
  std::string_view ref;
  std::string_view alt;  // the whole column
  std::vector<Alt> alts;
  std::string_view info;
  bool passed = false;               // FILTER is PASS or ".", and the sample's FT, if any, is too
  std::optional<Genotype> genotype;  // nothing if the record has no GT
  CallFields fields;
  std::uint64_t end = 0;  // last position that the record speaks of: ref_end(), or END, LEN, SVLEN

  Place place() const { return {line, chrom, pos_text}; }
  std::uint64_t ref_end() const { return pos + ref.size() - 1; }  // the position of REF's last base
  bool has_bases() const;                                         // some ALT is spelled out
  bool has_unseen() const;                                        // some ALT stands for any other allele: a gVCF row
};

// parse_record reads one line. `sample` is the index of the sample whose call is read; without one the calls are not
// looked at. vcf_malformed with line, CHROM:POS, field, found and expected.
Result<Record> parse_record(const Line& line, const Header& header, std::optional<std::size_t> sample);
// parse_genotype reads a GT with allele numbers up to `alts`, or up to 1 if there are none (VCF 4.5 section 1.6.2; a
// leading phase mark is allowed).
Result<Genotype> parse_genotype(std::string_view text, std::size_t alts, const Place& place);

}  // namespace glovebox::genome
