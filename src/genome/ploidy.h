// ploidy.h: how many copies of a place a person has, and how copies are counted where there may be one. Outside its
// pseudoautosomal ends a man has one X, and score files were made with either way of counting it; so it is declared.
#pragma once
#include "genome/build.h"
#include "genome/dosage.h"

namespace glovebox::genome {

// Region is a part of the genome by its copies: two in everybody (autosomes, and the ends of X that Y has too); one or
// two by sex (the rest of X); what is not read (Y, MT).
enum class Region : std::uint8_t { paired, x, unread };
Region region_of(Build build, Chromosome chromosome, std::uint64_t position);

// Answer is what becomes of one site.
struct Answer {
  Outcome outcome = Outcome::unsupported;
  Dosage dosage = missing_dosage;
  std::uint8_t alleles = 0;
  Hint hint = Hint::none;

  bool operator==(const Answer&) const = default;
};

// Copies is how often an allele is there, among how many. `called` 0: the record does not say among how many; then it
// was read as of two.
struct Copies {
  Dosage number = 0;
  unsigned called = 2;  // 0, 1 or 2
  bool heterozygous = false;
};

// in_person counts copies as the rules say; `outcome` is the answer's if they can be counted. Otherwise unsupported, or
// ambiguous for a man's heterozygous X.
Answer in_person(Outcome outcome, const Copies& copies, Region region, const Rules& rules);
// all_copies is the answer where every copy is the effect allele, or none is, without a call that says how many there
// are.
Answer all_copies(Outcome outcome, bool effect, Region region, const Rules& rules);
// expected_copies is the answer by the allele's frequency; `expected` is of two copies.
Answer expected_copies(Outcome outcome, Dosage expected, Region region, const Rules& rules);

}  // namespace glovebox::genome
