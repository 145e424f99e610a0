#include "genome/dosage.h"

#include <algorithm>

namespace glovebox::genome {
namespace {
struct Row {
  std::string_view name;
  bool gives_dosage;
  std::string_view sentence;
};
constexpr auto rows = std::to_array<Row>({
#define GLOVEBOX_ROW(name, dosage, sentence) {#name, dosage, sentence},
    GLOVEBOX_OUTCOMES(GLOVEBOX_ROW)
#undef GLOVEBOX_ROW
});
static_assert(rows.size() == outcomes_end);
const Row& row(Outcome outcome) {
  return rows.at(static_cast<std::size_t>(outcome));
}

// Which of a site's alleles a stretch of reference bases shows.
enum class Shown : std::uint8_t { effect, other, neither, either };

// agrees says that the reference may carry `allele` where it reads `bases`, as far as both go.
bool agrees(std::string_view bases, std::string_view allele) {
  const auto size = std::min(bases.size(), allele.size());
  return same_bases(bases.substr(0, size), allele.substr(0, size));
}

// shown reads a homozygous-reference row, whose REF begins `bases` at the site. For an indel one reference base often
// agrees with both alleles; then only a site that names its reference allele can be read.
Shown shown(const Site& site, std::string_view bases) {
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
  return effect ? Shown::effect : other ? Shown::other : Shown::neither;
}

Dosage count_if_allele(const Record& record, auto&& is_effect) {
  Dosage count = 0;
  for (const std::int32_t allele : record.genotype->alleles)
    if (is_effect(allele)) count += dosage_unit;
  return count;
}

// unusable is why a record that carries a site's alleles gives no dosage; nothing if it does.
std::optional<Outcome> unusable(const Record& record) {
  if (!record.passed) return Outcome::filtered;
  if (!record.genotype) return Outcome::unsupported;  // a DS, GP or local-allele call, or none at all
  if (record.genotype->all_missing()) return Outcome::missing_call;
  if (record.genotype->alleles.size() != 2) return Outcome::unsupported;
  if (record.genotype->any_missing()) return Outcome::half_call;
  return std::nullopt;
}
}  // namespace

std::string_view name(Outcome outcome) {
  return row(outcome).name;
}
std::string_view sentence(Outcome outcome) {
  return row(outcome).sentence;
}
bool gives_dosage(Outcome outcome) {
  return row(outcome).gives_dosage;
}

void Matcher::record(const Record& record, Chromosome chromosome) {
  chromosomes_.set(chromosome.number);
  if (!chromosome.is_autosome() || record.pos == 0) return;  // sites elsewhere are unsupported whatever the file says
  if (chromosome != current_) {
    current_ = chromosome;
    covered_ = {};
  }
  if (record.alts.empty())
    match_reference_row(record, chromosome);
  else
    match_alleles(record, chromosome);
  note_other_alleles(record, chromosome);
  note_missing(record, chromosome);
  note_overlaps(record, chromosome);
  note_reach(record, chromosome);
}

void Matcher::settle(std::uint32_t number, const Record& record, Outcome outcome, Dosage dosage,
                     bool counts_reference) {
  Seen& seen = sites_[number];
  if (seen.matched_line == record.line) return;  // the same alleles listed twice in one record
  seen.matched_line = record.line;
  seen.matches = static_cast<std::uint8_t>(std::min(seen.matches + 1, 2));
  seen.outcome = outcome;
  seen.dosage = dosage;
  seen.counts_reference = counts_reference;
}

// match settles a site whose effect allele stands in the record under the text `effect`, as REF (swapped) or as an ALT.
void Matcher::match(std::uint32_t number, const Record& record, std::string_view effect, bool swapped) {
  const Site& site = panel_.site(number);
  if (const auto why_not = unusable(record)) return settle(number, record, *why_not, missing_dosage, false);
  const Dosage dosage = count_if_allele(record, [&](std::int32_t allele) {
    const std::string_view text = allele == 0 ? record.ref : record.alts[static_cast<std::size_t>(allele - 1)].text;
    return same_bases(text, effect);
  });
  const Outcome outcome = site.other_allele.empty() ? Outcome::matched_no_other_allele
                          : swapped                 ? Outcome::matched_swapped
                                                    : Outcome::matched;
  // A record that lists "*" has itself told which copies a deletion took away.
  const bool lists_star = std::ranges::any_of(record.alts, [](const Alt& alt) { return alt.kind == AlleleKind::star; });
  settle(number, record, outcome, dosage, swapped && !lists_star);
}

void Matcher::match_alleles(const Record& record, Chromosome chromosome) {
  for (const Alt& alt : record.alts) {
    if (alt.kind != AlleleKind::bases) continue;
    const VariantView variant = trim_view(record.pos, record.ref, alt.text);
    for (const std::uint32_t number : panel_.trimmed_at(chromosome, variant.position)) {
      const Site& site = panel_.site(number);
      const Variant& wanted = panel_.variant(number);
      if (site.other_allele.empty()) continue;
      const bool as_alt = same_bases(wanted.first, variant.second) && same_bases(wanted.second, variant.first);
      const bool as_ref = same_bases(wanted.first, variant.first) && same_bases(wanted.second, variant.second);
      if (as_alt == as_ref) continue;  // neither; both only if ALT repeats REF
      // Before one and the same T, A>AT inserts and AT>A deletes: the same two texts, two variants. So an indel must
      // have the reference allele that the site names, and a site that names none is not swapped.
      if (wanted.first.size() != wanted.second.size()) {
        if (site.reference == (as_alt ? ReferenceAllele::effect : ReferenceAllele::other)) continue;
        if (as_ref && site.reference == ReferenceAllele::unknown) {
          settle(number, record, Outcome::ambiguous, missing_dosage, false);
          continue;
        }
      }
      match(number, record, as_ref ? record.ref : alt.text, as_ref);
    }
  }
  for (const std::uint32_t number : panel_.starting_in(chromosome, record.pos, record.pos)) {
    const Site& site = panel_.site(number);
    if (!site.other_allele.empty() || !record.has_bases()) continue;
    if (same_bases(site.effect_allele, record.ref)) {
      match(number, record, record.ref, true);
    } else if (std::ranges::any_of(record.alts,
                                   [&](const Alt& alt) { return same_bases(alt.text, site.effect_allele); })) {
      match(number, record, site.effect_allele, false);
    }
  }
}

// match_reference_row reads a row with ALT ".": all that it says is which bases the reference has, and that both copies
// of the person have them.
void Matcher::match_reference_row(const Record& record, Chromosome chromosome) {
  for (const std::uint32_t number : panel_.starting_in(chromosome, record.pos, record.end)) {
    const Site& site = panel_.site(number);
    const Shown allele = shown(site, record.ref.substr(site.position - record.pos));
    if (allele == Shown::neither) {
      sites_[number].other_alleles = true;
    } else if (const auto why_not = unusable(record)) {
      settle(number, record, *why_not, missing_dosage, false);
    } else if (allele == Shown::either || record.genotype->carries_alternative()) {
      settle(number, record, Outcome::ambiguous, missing_dosage, false);
    } else {
      const bool effect = allele == Shown::effect;
      settle(number, record, site.other_allele.empty() ? Outcome::matched_no_other_allele : Outcome::matched,
             effect ? 2 * dosage_unit : 0, effect);
    }
  }
}

void Matcher::note_other_alleles(const Record& record, Chromosome chromosome) {
  const bool lists_alleles = std::ranges::any_of(
      record.alts, [](const Alt& alt) { return alt.kind == AlleleKind::bases || alt.kind == AlleleKind::star; });
  if (!lists_alleles) return;
  for (const std::uint32_t number : panel_.starting_in(chromosome, record.pos, record.pos))
    if (sites_[number].matched_line != record.line) sites_[number].other_alleles = true;
}

// note_missing: where a record's call is missing, the bases under its REF were not called.
void Matcher::note_missing(const Record& record, Chromosome chromosome) {
  if (!record.genotype || !record.genotype->any_missing()) return;
  const bool spelled_out = std::ranges::all_of(
      record.alts, [](const Alt& alt) { return alt.kind == AlleleKind::bases || alt.kind == AlleleKind::star; });
  if (!spelled_out) return;
  for (const std::uint32_t number : panel_.starting_in(chromosome, record.pos, record.pos + record.ref.size() - 1))
    (record.genotype->all_missing() ? sites_[number].no_call : sites_[number].half_call) = true;
}

// note_overlaps: a called allele that replaces the bases of a site takes the site's reference allele away, though the
// site's own record may still count it. Two ways to that: a deletion over the site, or a multi-allelic site split into
// one record for each ALT, where "0" stands for the other ALT too.
void Matcher::note_overlaps(const Record& record, Chromosome chromosome) {
  if (!record.genotype) return;
  for (const std::int32_t allele : record.genotype->alleles) {
    if (allele <= 0 || record.alts.empty()) continue;
    const Alt& alt = record.alts[static_cast<std::size_t>(allele - 1)];
    if (alt.kind != AlleleKind::bases) continue;
    const VariantView variant = trim_view(record.pos, record.ref, alt.text);
    if (variant.first.empty()) continue;  // an insertion replaces nothing
    const std::uint64_t reach = panel_.longest_allele();
    const std::uint64_t from = variant.position > reach ? variant.position - reach : 0;
    for (const std::uint32_t number : panel_.trimmed_in(chromosome, from, variant.end())) {
      Seen& seen = sites_[number];
      const Site& site = panel_.site(number);
      const Variant& wanted = panel_.variant(number);
      const std::size_t size = site.reference == ReferenceAllele::effect ? wanted.first.size()
                               : site.reference == ReferenceAllele::other
                                   ? wanted.second.size()
                                   : std::max(wanted.first.size(), wanted.second.size());
      if (seen.matched_line == record.line || wanted.position + size <= variant.position) continue;
      (record.passed ? seen.overlapped : seen.overlapped_filtered) = true;
    }
  }
}

void Matcher::note_reach(const Record& record, Chromosome chromosome) {
  if (record.alts.empty() || record.has_bases()) return;
  if (record.has_unseen()) return cover(Reach::block, chromosome, record.pos, record.end);
  if (!record.genotype) return;
  // Complete Genomics writes the stretches that it could not call as <CGA_NOCALL>.
  if (record.genotype->any_missing() &&
      std::ranges::any_of(record.alts, [](const Alt& alt) { return alt.text == "<CGA_NOCALL>"; }))
    return cover(Reach::no_call, chromosome, record.pos, record.end);
  for (const std::int32_t allele : record.genotype->alleles)
    if (allele > 0 && record.alts[static_cast<std::size_t>(allele - 1)].kind == AlleleKind::symbolic)
      return cover(Reach::structural, chromosome, record.pos + 1, record.end);  // POS is the base before
}

// cover notes a reach on the sites in [first, last]. Records come sorted, so what an earlier reach has covered is
// skipped: overlapping reaches, however many, cost one step for each site.
void Matcher::cover(Reach reach, Chromosome chromosome, std::uint64_t first, std::uint64_t last) {
  std::uint64_t& covered = covered_[static_cast<std::size_t>(reach)];
  first = std::max(first, covered + 1);
  if (last < first) return;
  covered = last;
  for (const std::uint32_t number : panel_.starting_in(chromosome, first, last)) {
    Seen& seen = sites_[number];
    switch (reach) {
      case Reach::block:
        seen.block = true;
        break;
      case Reach::structural:
        seen.structural = true;
        break;
      case Reach::no_call:
        seen.no_call = true;
        break;
    }
  }
}

Outcome Matcher::decide(std::size_t number, Absence absence, Dosage& dosage) const {
  const Site& site = panel_.site(number);
  const Seen& seen = sites_[number];
  dosage = missing_dosage;
  if (!site.chromosome.is_autosome()) return Outcome::unsupported;
  if (seen.matches > 1) return Outcome::duplicate;
  if (seen.matches == 1) {
    if (seen.counts_reference && (seen.overlapped || seen.overlapped_filtered)) return Outcome::ambiguous;
    dosage = seen.dosage;
    return seen.outcome;
  }
  if (seen.block || seen.structural) return Outcome::unsupported;
  if (seen.other_alleles) return Outcome::allele_absent;
  if (seen.no_call) return Outcome::missing_call;
  if (seen.half_call) return Outcome::half_call;
  if (seen.overlapped) return Outcome::allele_absent;
  if (seen.overlapped_filtered) return Outcome::filtered;
  if (absence == Absence::frequency) return Outcome::frequency_assumed;
  if (absence != Absence::homref || !chromosomes_.test(site.chromosome.number)) return Outcome::absent;
  if (site.reference == ReferenceAllele::unknown) return Outcome::unsupported;
  dosage = site.reference == ReferenceAllele::effect ? 2 * dosage_unit : 0;
  return Outcome::homref_assumed;
}

Dosages Matcher::finish(Absence absence) const {
  Dosages out;
  out.dosage.resize(sites_.size());
  out.alleles.resize(sites_.size());
  out.outcome.resize(sites_.size());
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    out.outcome[i] = decide(i, absence, out.dosage[i]);
    out.alleles[i] = out.dosage[i] == missing_dosage ? 0 : 2;
    ++out.counts[static_cast<std::size_t>(out.outcome[i])];
    if (sites_[i].matches > 0 || sites_[i].other_alleles) ++out.found;
    if (sites_[i].matches > 0) ++out.found_with_alleles;
  }
  return out;
}
}  // namespace glovebox::genome
