#include "genome/matcher.h"

#include <algorithm>
#include <cstdlib>

namespace glovebox::genome {
namespace {
constexpr char complement(char base) {
  switch (base) {
    case 'A':
    case 'a':
      return 'T';
    case 'C':
    case 'c':
      return 'G';
    case 'G':
    case 'g':
      return 'C';
    case 'T':
    case 't':
      return 'A';
    default:
      return base;
  }
}
std::string other_strand(std::string_view base) {
  return {complement(base.front())};
}

// is_snv says that a site has two alleles of one base each.
bool is_snv(const Site& site) {
  return site.effect_allele.size() == 1 && site.other_allele.size() == 1;
}
bool is_palindromic(const Site& site) {
  return is_snv(site) && complement(site.effect_allele.front()) == site.other_allele.front();
}

// agrees says that the reference may carry `allele` where it reads `bases`, as far as both go.
bool agrees(std::string_view bases, std::string_view allele) {
  const auto size = std::min(bases.size(), allele.size());
  return same_bases(bases.substr(0, size), allele.substr(0, size));
}

std::string shortened(std::string_view text) {
  if (text.size() <= matched_text_max) return std::string(text);
  return std::string(text.substr(0, matched_text_max - 3)) + "...";
}

// copies_of counts an allele in the record as it stands. An ALT may stand there twice, each time with a DS or GP that
// was rounded up: together they are no more than the person has alleles.
Copies copies_of(std::string_view allele, const Record& record, const Call& call) {
  Copies out = {.number = 0, .called = call.called, .heterozygous = call.heterozygous};
  for (std::size_t i = 0; i < call.copies.size(); ++i) {
    if (call.copies[i] == 0 || i > record.alts.size()) continue;
    if (same_bases(i == 0 ? record.ref : record.alts[i - 1].text, allele)) out.number += call.copies[i];
  }
  out.number = std::min<Dosage>(out.number, (call.called == 1 ? 1 : 2) * dosage_unit);
  return out;
}
}  // namespace

Matcher::Matcher(const Panel& panel, const Rules& rules, std::shared_ptr<const Callable> callable)
    : panel_(panel),
      rules_(rules),
      callable_(std::move(callable)),
      takes_snvs_(rules.dosage == DosageField::gt && !rules.flip && !rules.keep_matches && !rules.least_gq() &&
                  rules.min_dp.value_or(0) == 0),
      sites_(panel.size()) {
  if (callable_ && callable_->sites() != panel.size()) std::abort();  // regions of another panel
  if (rules_.keep_matches) matches_.resize(panel.size());
}

Status Matcher::record(const Record& record, Chromosome chromosome) {
  chromosomes_.set(chromosome.number);
  GLOVEBOX_TRY(call, read_call(record, rules_));
  const bool read = chromosome.is_autosome() || chromosome == chromosome_x;
  if (!read || record.pos == 0) return {};  // sites elsewhere are unsupported whatever the file says
  if (chromosome != progress_.chromosome) progress_ = {.chromosome = chromosome};
  const Row row = {record, call, chromosome};
  if (!record.alts.empty()) {
    match_alleles(row);
    match_without_other(row);
  } else if (rules_.kind != InputKind::gvcf || record.end == record.ref_end()) {
    match_reference_row(row);
  }
  note_other_alleles(row);
  note_missing(row);
  note_overlaps(row);
  note_reach(row);
  return {};
}

// snv: the row's alleles are the site's, one way or the other, so that match() settles the site, and there is nothing
// to note beside it: no other site starts here, and none is covered.
bool Matcher::snv(std::uint32_t number, const Snv& row) {
  const Site& site = panel_.site(number);
  const bool read = site.chromosome.is_autosome() || site.chromosome == chromosome_x;
  if (!takes_snvs_ || !read || !is_snv(site) || site.position != row.position) return false;
  const auto is = [](char base, const std::string& allele) { return same_bases({&base, 1}, allele); };
  const bool swapped = is(row.ref, site.effect_allele) && is(row.alt, site.other_allele);
  if (!swapped && !(is(row.ref, site.other_allele) && is(row.alt, site.effect_allele))) return false;
  chromosomes_.set(site.chromosome.number);
  if (site.chromosome != progress_.chromosome) progress_ = {.chromosome = site.chromosome};
  Seen& seen = sites_[number];
  seen.matched_line = row.line;
  seen.matches = static_cast<std::uint8_t>(std::min(seen.matches + 1, 2));
  const Copies copies = {.number = static_cast<Dosage>(swapped ? 2 - row.copies : row.copies) * dosage_unit,
                         .called = 2,
                         .heterozygous = row.copies == 1};
  seen.answer = in_person(swapped ? Outcome::matched_swapped : Outcome::matched, copies, region(site), rules_);
  seen.counts_reference = swapped;
  return true;
}

bool Matcher::palindromic_in_doubt(const Site& site) const {
  return rules_.flip && is_palindromic(site);
}

void Matcher::settle(std::uint32_t number, const Row& row, const Answer& answer, const Carried& carried) {
  Seen& seen = sites_[number];
  if (seen.matched_line == row.record.line) return;
  seen.matched_line = row.record.line;
  seen.matches = static_cast<std::uint8_t>(std::min(seen.matches + 1, 2));
  seen.answer = answer;
  // A record that lists "*" has itself told which copies a deletion took away.
  const bool lists_star =
      std::ranges::any_of(row.record.alts, [](const Alt& alt) { return alt.kind == AlleleKind::star; });
  seen.counts_reference = carried.swapped && !lists_star;
  if (!rules_.keep_matches || seen.matches > 1) return;
  matches_[number] = {.id = shortened(row.record.id),
                      .ref = shortened(row.record.ref),
                      .alt = shortened(row.record.alt),
                      .effect_is_ref = carried.swapped,
                      .flipped = carried.flipped,
                      .multiallelic = row.record.alts.size() > 1,
                      .palindromic = is_palindromic(panel_.site(number))};
}

void Matcher::match(std::uint32_t number, const Row& row, const Carried& carried) {
  const Site& site = panel_.site(number);
  if (sites_[number].matched_line == row.record.line) return;  // the same alleles listed twice in one record
  const auto give = [&](const Answer& answer) { settle(number, row, answer, carried); };
  if (row.call.unusable) return give({.outcome = *row.call.unusable, .hint = row.call.hint});
  if (row.call.unnamed || palindromic_in_doubt(site)) return give({.outcome = Outcome::ambiguous});
  const Outcome outcome = carried.flipped             ? Outcome::matched_flipped
                          : site.other_allele.empty() ? Outcome::matched_no_other_allele
                          : carried.swapped           ? Outcome::matched_swapped
                                                      : Outcome::matched;
  give(in_person(outcome, copies_of(carried.effect, row.record, row.call), region(site), rules_));
}

void Matcher::match_alleles(const Row& row) {
  const Record& record = row.record;
  for (const Alt& alt : record.alts) {
    if (alt.kind != AlleleKind::bases) continue;
    const VariantView variant = trim_view(record.pos, record.ref, alt.text);
    for (const std::uint32_t number : panel_.trimmed_at(row.chromosome, variant.position)) {
      const Site& site = panel_.site(number);
      const Variant& wanted = panel_.variant(number);
      if (site.other_allele.empty()) continue;
      const auto is = [&](std::string_view ref, std::string_view other) {
        return same_bases(variant.first, ref) && same_bases(variant.second, other);
      };
      bool as_alt = is(wanted.second, wanted.first);
      bool as_ref = is(wanted.first, wanted.second);
      bool flipped = false;
      if (!as_alt && !as_ref && rules_.flip && wanted.first.size() == 1 && wanted.second.size() == 1) {
        as_alt = is(other_strand(wanted.second), other_strand(wanted.first));
        as_ref = is(other_strand(wanted.first), other_strand(wanted.second));
        flipped = true;
      }
      if (as_alt == as_ref) continue;  // neither; both only if ALT repeats REF
      const Carried carried = {as_ref ? record.ref : alt.text, as_ref, flipped};
      // Before one and the same T, A>AT inserts and AT>A deletes: the same two texts, two variants. So an indel must
      // have the reference allele that the site names, and a site that names none is not swapped.
      if (wanted.first.size() != wanted.second.size()) {
        if (site.reference == (as_alt ? ReferenceAllele::effect : ReferenceAllele::other)) continue;
        if (as_ref && site.reference == ReferenceAllele::unknown) {
          settle(number, row, {.outcome = Outcome::ambiguous}, carried);
          continue;
        }
      }
      match(number, row, carried);
    }
  }
}

// match_without_other: a site that names one allele only is there if that is REF or an ALT, letter by letter.
void Matcher::match_without_other(const Row& row) {
  const Record& record = row.record;
  if (!record.has_bases()) return;
  for (const std::uint32_t number : panel_.starting_in(row.chromosome, record.pos, record.pos)) {
    const Site& site = panel_.site(number);
    if (!site.other_allele.empty()) continue;
    const bool is_ref = same_bases(site.effect_allele, record.ref);
    const bool is_alt =
        std::ranges::any_of(record.alts, [&](const Alt& alt) { return same_bases(alt.text, site.effect_allele); });
    if (is_ref || is_alt) match(number, row, {site.effect_allele, is_ref});
  }
}

// shown: for an indel one reference base often agrees with both alleles; then only a site that names its reference
// allele can be read.
Matcher::Shown Matcher::shown(const Site& site, std::string_view bases, bool& flipped) const {
  flipped = false;
  const bool effect = agrees(bases, site.effect_allele);
  if (site.other_allele.empty()) {
    if (!effect) return Shown::neither;
    return site.effect_allele.size() == 1 || site.reference == ReferenceAllele::effect ? Shown::effect : Shown::either;
  }
  const bool other = agrees(bases, site.other_allele);
  if (effect && other) {
    if (site.reference == ReferenceAllele::effect) return Shown::effect;
    if (site.reference == ReferenceAllele::other) return Shown::other;
    return Shown::either;
  }
  if (effect || other) return effect ? Shown::effect : Shown::other;
  if (!rules_.flip || !is_snv(site)) return Shown::neither;
  flipped = true;
  if (agrees(bases, other_strand(site.effect_allele))) return Shown::effect;
  if (agrees(bases, other_strand(site.other_allele))) return Shown::other;
  return Shown::neither;
}

// match_reference_row reads a row with ALT ".": all that it says is which bases the reference has, and that all copies
// of the person have them.
void Matcher::match_reference_row(const Row& row) {
  const Record& record = row.record;
  for (const std::uint32_t number : panel_.starting_in(row.chromosome, record.pos, record.ref_end())) {
    const Site& site = panel_.site(number);
    bool flipped = false;
    const Shown allele = shown(site, record.ref.substr(site.position - record.pos), flipped);
    if (allele == Shown::neither) {
      sites_[number].other_alleles = true;
      continue;
    }
    const bool effect = allele == Shown::effect;
    const Carried carried = {record.ref, effect, flipped};
    const auto give = [&](const Answer& answer) { settle(number, row, answer, carried); };
    if (row.call.unusable) {
      give({.outcome = *row.call.unusable, .hint = row.call.hint});
    } else if (allele == Shown::either || row.call.calls_alternative() || palindromic_in_doubt(site)) {
      give({.outcome = Outcome::ambiguous});
    } else {
      const Outcome outcome = flipped                     ? Outcome::matched_flipped
                              : site.other_allele.empty() ? Outcome::matched_no_other_allele
                                                          : Outcome::matched;
      const Copies copies = {.number = effect ? row.call.copies.front() : 0, .called = row.call.called};
      give(in_person(outcome, copies, region(site), rules_));
    }
  }
}

}  // namespace glovebox::genome
