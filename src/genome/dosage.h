// dosage.h: the matcher's answer: one dosage for each site of a model, of how many alleles, and why.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "genome/outcome.h"
#include "genome/rules.h"

namespace glovebox::genome {

constexpr std::size_t matched_text_max = 128;  // bytes of each text in Matched; longer ones are cut and end in "..."

// Matched is the record that carries a site's alleles, for a log of the matching.
struct Matched {
  std::string id, ref, alt;  // as in the record; all empty if there was none
  bool effect_is_ref = false;
  bool flipped = false;       // its alleles are on the other strand
  bool multiallelic = false;  // the record has several ALTs
  bool palindromic = false;   // A/T or C/G
};

// Hint is what the sender could declare to have a site read that is `unsupported`, or `filtered` for want of a quality.
enum class Hint : std::uint8_t {
  none,
  input_kind,  // it lies in a reference block, which input kind gvcf reads
  x_male,      // one allele on the only X
  sex,         // no allele is called on X, so how many there are only the sex tells
  dosage,      // there is no GT, but a DS or GP; or the other way round
  quality,     // the record has no GQ or depth to compare with the minimum
  reference    // it is homozygous reference, and the model does not say which of its alleles that is
};
constexpr std::size_t hints_end = 7;

// Dosages hold the sites by number.
struct Dosages {
  std::vector<Dosage> dosage;         // of the effect allele; missing_dosage where the outcome gives none
  std::vector<std::uint8_t> alleles;  // that the dosage is of: 2, or 1 for a single X; 0 where it is missing
  std::vector<Outcome> outcome;
  std::vector<Matched> matches;                      // empty unless Rules::keep_matches
  std::array<std::uint64_t, outcomes_end> counts{};  // of sites, by outcome
  std::array<std::uint64_t, hints_end> hints{};      // of sites, by what would have them read
  std::uint64_t found = 0;               // sites at whose position a record stands, or a block that shows its base
  std::uint64_t found_with_alleles = 0;  // of these, those whose record carries the model's alleles

  std::uint64_t count(Outcome o) const { return counts[static_cast<std::size_t>(o)]; }
  std::uint64_t count(Hint h) const { return hints[static_cast<std::size_t>(h)]; }
};

}  // namespace glovebox::genome
