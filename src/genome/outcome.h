// outcome.h: the closed list of what can become of a model's site. Every site ends in exactly one of them; whatever is
// not certain is missing, never reference. docs/spec/genome.md says when each holds.
#pragma once
#include <cstdint>
#include <string_view>

namespace glovebox::genome {

// GLOVEBOX_OUTCOMES(X) lists every outcome as X(name, gives a dosage, sentence).
#define GLOVEBOX_OUTCOMES(X)                                                                              \
  X(matched, true, "the effect allele is an ALT allele, or the record is a homozygous-reference row")     \
  X(matched_swapped, true, "the effect allele is the REF allele")                                         \
  X(matched_flipped, true, "matched on the other strand")                                                 \
  X(matched_no_other_allele, true, "the model names no other allele; the effect allele is there")         \
  X(homref_from_block, true, "a gVCF block says homozygous reference")                                    \
  X(homref_assumed, true, "no record; homozygous reference by the declared absence policy")               \
  X(frequency_assumed, true, "no record; the model's allele frequency by the declared absence policy")    \
  X(absent, false, "no record")                                                                           \
  X(missing_call, false, "the call is missing")                                                           \
  X(half_call, false, "one allele of the call is missing")                                                \
  X(ambiguous, false, "the records do not say which allele this is")                                      \
  X(allele_absent, false, "a record is there, with other alleles")                                        \
  X(filtered, false, "FILTER or FT is neither PASS nor ., or the call's quality is below what was asked") \
  X(duplicate, false, "two records carry this site")                                                      \
  X(unsupported, false, "a form of call that is not read, or not without a word on how")

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

}  // namespace glovebox::genome
