// call.h: what one record says about one person: how many copies of each of its alleles. By GT, the called alleles; on
// request by DS, an imputation's expected copies of each ALT, or by GP, its probability of each genotype.
#pragma once
#include "genome/ploidy.h"
#include "genome/record.h"

namespace glovebox::genome {

constexpr Dosage dosage_slack = dosage_unit / 100;      // how far outside its range a rounded DS or GP may lie
constexpr Dosage probability_slack = dosage_unit / 50;  // how far from 1 the sum of rounded GPs may lie

struct Call {
  // copies of each allele by its number, REF's first; empty where the record has no such field, or a missing one.
  std::vector<Dosage> copies;
  unsigned called = 0;        // alleles in all; 0 where DS stands alone and does not say
  bool heterozygous = false;  // two different alleles are called; never by DS or GP
  bool all_missing = false;
  bool any_missing = false;
  bool unnamed = false;  // an allele is called that the record does not spell out: <NON_REF>, <*>, or 1 beside ALT "."
  bool good = false;     // FILTER and FT have passed, and GQ and depth are as high as asked
  // why it gives no dosage, wherever it stands: filtered, missing_call, half_call, unsupported; nothing if it may.
  std::optional<Outcome> unusable;
  Hint hint = Hint::none;  // beside `unusable`

  // calls says that the allele is called: that a genotype would most likely carry it.
  bool calls(std::size_t allele) const { return allele < copies.size() && copies[allele] >= dosage_unit / 2; }
  bool calls_alternative() const;
};

// read_call: vcf_malformed for numbers that cannot be what they are said to be: DS outside 0 to the number of alleles,
// GP that do not sum up to 1, another number of either than the record's alleles ask for; a GQ or depth, where a
// minimum holds, that is no number.
Result<Call> read_call(const Record& record, const Rules& rules);

}  // namespace glovebox::genome
