// The weighing of what the records said: one outcome for each site, in the order of docs/spec/genome.md.
#include "genome/matcher.h"

namespace glovebox::genome {

Answer Matcher::decide(std::size_t number) const {
  const Site& site = panel_.site(number);
  const Seen& seen = sites_[number];
  if (region(site) == Region::unread) return {};
  if (seen.matches > 1) return {.outcome = Outcome::duplicate};
  if (seen.matches == 1) {
    const bool taken_away = seen.counts_reference && (seen.overlapped || seen.overlapped_filtered);
    return taken_away ? Answer{.outcome = Outcome::ambiguous} : seen.answer;
  }
  if (seen.is(Reach::structural)) return {};
  if (seen.shown == Shown::neither) return {.outcome = Outcome::allele_absent};
  if (seen.is(Reach::block_unsupported))
    return {.outcome = Outcome::unsupported, .hint = rules_.kind == InputKind::gvcf ? Hint::none : Hint::input_kind};
  if (seen.is(Reach::block_ambiguous)) return {.outcome = Outcome::ambiguous};
  if (seen.is(Reach::block_missing)) return {.outcome = Outcome::missing_call};
  if (seen.is(Reach::block_half)) return {.outcome = Outcome::half_call};
  if (seen.is(Reach::block_filtered)) return {.outcome = Outcome::filtered};
  if (seen.is(Reach::block_one) || seen.is(Reach::block_two)) return decide_block(number);
  if (seen.other_alleles) return {.outcome = Outcome::allele_absent};
  if (seen.no_call || seen.is(Reach::no_call)) return {.outcome = Outcome::missing_call};
  if (seen.half_call) return {.outcome = Outcome::half_call};
  if (seen.overlapped) return {.outcome = Outcome::allele_absent};
  if (seen.overlapped_filtered) return {.outcome = Outcome::filtered};
  return decide_absent(number);
}

// decide_block: all blocks over the site say that only the reference allele is there.
Answer Matcher::decide_block(std::size_t number) const {
  const Site& site = panel_.site(number);
  const Seen& seen = sites_[number];
  if (seen.is(Reach::block_one) && seen.is(Reach::block_two)) return {.outcome = Outcome::ambiguous};
  if (seen.shown == Shown::nothing && site.reference == ReferenceAllele::unknown)
    return {.outcome = Outcome::unsupported, .hint = Hint::reference};
  const bool effect =
      seen.shown == Shown::nothing ? site.reference == ReferenceAllele::effect : seen.shown == Shown::effect;
  const bool taken_away = effect && (seen.overlapped || seen.overlapped_filtered);
  if (taken_away || palindromic_in_doubt(site)) return {.outcome = Outcome::ambiguous};
  const unsigned called = seen.is(Reach::block_one) ? 1 : 2;
  const Dosage copies = effect ? static_cast<Dosage>(called) * dosage_unit : 0;
  return in_person(Outcome::homref_from_block, {.number = copies, .called = called}, region(site), rules_);
}

Answer Matcher::decide_absent(std::size_t number) const {
  const Site& site = panel_.site(number);
  if (rules_.absence == Absence::frequency) {
    if (!site.expected) return {.outcome = Outcome::absent};
    return expected_copies(Outcome::frequency_assumed, *site.expected, region(site), rules_);
  }
  if (rules_.absence != Absence::homref) return {.outcome = Outcome::absent};
  // In a whole genome each chromosome has records; where one has none, its part of the file is not here. A panel may
  // well have found nothing.
  const bool whole = rules_.kind == InputKind::wgs_vcf || rules_.kind == InputKind::gvcf;
  if (whole && !chromosomes_.test(site.chromosome.number)) return {.outcome = Outcome::absent};
  if (callable_ && !callable_->covers(number)) return {.outcome = Outcome::absent};
  if (site.reference == ReferenceAllele::unknown) return {.outcome = Outcome::unsupported, .hint = Hint::reference};
  if (palindromic_in_doubt(site)) return {.outcome = Outcome::ambiguous};
  return all_copies(Outcome::homref_assumed, site.reference == ReferenceAllele::effect, region(site), rules_);
}

Matcher::Weighed Matcher::weigh(std::size_t number) const {
  const Seen& seen = sites_[number];
  const bool has_alleles = seen.matches > 0 || seen.shown == Shown::effect || seen.shown == Shown::other;
  return {.answer = decide(number),
          .found = has_alleles || seen.other_alleles || seen.shown == Shown::neither,
          .found_with_alleles = has_alleles};
}

void add(Dosages& dosages, const Matcher::Weighed& site) {
  const Answer& answer = site.answer;
  dosages.dosage.push_back(answer.dosage);
  dosages.alleles.push_back(answer.alleles);
  dosages.outcome.push_back(answer.outcome);
  ++dosages.counts[static_cast<std::size_t>(answer.outcome)];
  ++dosages.hints[static_cast<std::size_t>(answer.hint)];
  dosages.found += site.found ? 1 : 0;
  dosages.found_with_alleles += site.found_with_alleles ? 1 : 0;
}

Dosages Matcher::finish() {
  Dosages out;
  out.dosage.reserve(sites_.size());
  out.alleles.reserve(sites_.size());
  out.outcome.reserve(sites_.size());
  for (std::size_t i = 0; i < sites_.size(); ++i) add(out, weigh(i));
  out.matches = std::move(matches_);
  return out;
}

}  // namespace glovebox::genome
