#include "genome/ploidy.h"

#include <array>

#include "genome/decimal.h"

namespace glovebox::genome {
namespace {
struct Stretch {
  std::uint64_t first, last;
};
// The pseudoautosomal regions of X, both ends included (Genome Reference Consortium, human assembly, "PAR").
constexpr std::array<Stretch, 2> par37 = {{{60001, 2699520}, {154931044, 155260560}}};
constexpr std::array<Stretch, 2> par38 = {{{10001, 2781479}, {155701383, 156030895}}};

Answer needs(Hint hint) {
  return {.outcome = Outcome::unsupported, .hint = hint};
}

// single_x counts one copy of one.
Answer single_x(Outcome outcome, Dosage number, const Rules& rules) {
  switch (rules.x_male) {
    case MaleX::undeclared:
      return needs(Hint::x_male);
    case MaleX::single:
      return {.outcome = outcome, .dosage = number, .alleles = 1};
    case MaleX::doubled:
      return {.outcome = outcome, .dosage = 2 * number, .alleles = 2};
  }
  return {};
}
}  // namespace

Region region_of(Build build, Chromosome chromosome, std::uint64_t position) {
  if (chromosome.is_autosome()) return Region::paired;
  if (chromosome != chromosome_x) return Region::unread;
  for (const Stretch& shared : build == Build::grch37 ? par37 : par38)
    if (position >= shared.first && position <= shared.last) return Region::paired;
  return Region::x;
}

Answer in_person(Outcome outcome, const Copies& copies, Region region, const Rules& rules) {
  const Answer two = {.outcome = outcome, .dosage = copies.number, .alleles = 2};
  if (region == Region::unread) return {};
  if (region == Region::paired) return copies.called == 1 ? Answer{} : two;
  switch (rules.sex) {
    case Sex::female:
      return copies.called == 1 ? Answer{} : two;
    case Sex::male:
      if (copies.called == 0) return {};  // a number among one or among two: the field does not say
      if (copies.called == 1) return single_x(outcome, copies.number, rules);
      // Many callers write a man's one allele twice.
      if (copies.heterozygous) return {.outcome = Outcome::ambiguous};
      return single_x(outcome, half(copies.number), rules);
    case Sex::unknown:
      if (copies.called == 0) return needs(Hint::sex);
      return copies.called == 1 ? single_x(outcome, copies.number, rules) : two;
  }
  return {};
}

Answer all_copies(Outcome outcome, bool effect, Region region, const Rules& rules) {
  if (region == Region::x && rules.sex == Sex::unknown) return needs(Hint::sex);
  const unsigned called = region == Region::x && rules.sex == Sex::male ? 1 : 2;
  const Dosage number = effect ? static_cast<Dosage>(called) * dosage_unit : 0;
  return in_person(outcome, {.number = number, .called = called}, region, rules);
}

Answer expected_copies(Outcome outcome, Dosage expected, Region region, const Rules& rules) {
  if (region == Region::x && rules.sex == Sex::unknown) return needs(Hint::sex);
  const bool one = region == Region::x && rules.sex == Sex::male;
  return in_person(outcome, {.number = one ? half(expected) : expected, .called = one ? 1U : 2U}, region, rules);
}

}  // namespace glovebox::genome
