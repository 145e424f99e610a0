// What records say about sites that they do not carry: other alleles at the position, missing calls and called
// deletions over it, and reference blocks.
#include <algorithm>

#include "genome/matcher.h"

namespace glovebox::genome {
namespace {
bool is_listed(const Alt& alt) {
  return alt.kind == AlleleKind::bases || alt.kind == AlleleKind::star;
}
bool is_plain(char base) {
  return std::string_view("ACGTacgt").contains(base);
}
}  // namespace

void Matcher::note_other_alleles(const Row& row) {
  if (!std::ranges::any_of(row.record.alts, is_listed)) return;
  for (const std::uint32_t number : panel_.starting_in(row.chromosome, row.record.pos, row.record.pos))
    if (sites_[number].matched_line != row.record.line) sites_[number].other_alleles = true;
}

// note_missing: where a record's call is missing, the bases under its REF were not called.
void Matcher::note_missing(const Row& row) {
  if (!row.call.any_missing) return;
  const auto& alts = row.record.alts;
  const bool spelled_out =
      std::ranges::all_of(alts, [](const Alt& alt) { return is_listed(alt) || alt.kind == AlleleKind::unseen; });
  if (!spelled_out || (!alts.empty() && std::ranges::none_of(alts, is_listed))) return;
  for (const std::uint32_t number : panel_.starting_in(row.chromosome, row.record.pos, row.record.ref_end()))
    (row.call.all_missing ? sites_[number].no_call : sites_[number].half_call) = true;
}

// note_overlaps: a called allele that replaces the bases of a site takes the site's reference allele away, though the
// site's own record may still count it. Two ways to that: a deletion over the site, or a multi-allelic site split into
// one record for each ALT, where "0" stands for the other ALT too.
void Matcher::note_overlaps(const Row& row) {
  const Record& record = row.record;
  for (std::size_t allele = 1; allele <= record.alts.size(); ++allele) {
    const Alt& alt = record.alts[allele - 1];
    if (!row.call.calls(allele) || alt.kind != AlleleKind::bases) continue;
    const VariantView variant = trim_view(record.pos, record.ref, alt.text);
    if (variant.first.empty()) continue;  // an insertion replaces nothing
    const std::uint64_t reach = panel_.longest_allele();
    const std::uint64_t from = variant.position > reach ? variant.position - reach : 0;
    for (const std::uint32_t number : panel_.trimmed_in(row.chromosome, from, variant.end())) {
      Seen& seen = sites_[number];
      const Site& site = panel_.site(number);
      const Variant& wanted = panel_.variant(number);
      const std::size_t size = site.reference == ReferenceAllele::effect ? wanted.first.size()
                               : site.reference == ReferenceAllele::other
                                   ? wanted.second.size()
                                   : std::max(wanted.first.size(), wanted.second.size());
      if (seen.matched_line == record.line || wanted.position + size <= variant.position) continue;
      (row.call.good ? seen.overlapped : seen.overlapped_filtered) = true;
    }
  }
}

// note_reach: three kinds of rows speak of more than their REF: reference blocks, symbolic alleles that are called, and
// the stretches that Complete Genomics could not call, <CGA_NOCALL>.
void Matcher::note_reach(const Row& row) {
  const Record& record = row.record;
  const bool gvcf = rules_.kind == InputKind::gvcf;
  if (record.alts.empty()) {
    if (record.end == record.ref_end()) return;
    if (gvcf) return note_block(row, record.end);
    return cover(Reach::block_unsupported, row.chromosome, record.ref_end() + 1, record.end);
  }
  if (record.has_bases()) {
    // Where no allele but REF is called and <NON_REF> stands beside the others, no other allele is there either.
    if (gvcf && record.has_unseen() && !row.call.unusable && !row.call.calls_alternative()) note_block(row, record.pos);
    return;
  }
  if (record.has_unseen()) {
    if (gvcf) return note_block(row, record.end);
    return cover(Reach::block_unsupported, row.chromosome, record.pos, record.end);
  }
  if (!record.genotype) return;
  if (record.genotype->any_missing() &&
      std::ranges::any_of(record.alts, [](const Alt& alt) { return alt.text == "<CGA_NOCALL>"; }))
    return cover(Reach::no_call, row.chromosome, record.pos, record.end);
  for (const std::int32_t allele : record.genotype->alleles)
    if (allele > 0 && record.alts[static_cast<std::size_t>(allele - 1)].kind == AlleleKind::symbolic)
      return cover(Reach::structural, row.chromosome, record.pos + 1, record.end);  // POS is the base before
}

Matcher::Reach Matcher::block_of(const Call& call) const {
  if (call.unusable) switch (*call.unusable) {
      case Outcome::filtered:
        return Reach::block_filtered;
      case Outcome::missing_call:
        return Reach::block_missing;
      case Outcome::half_call:
        return Reach::block_half;
      default:
        return Reach::block_unsupported;
    }
  if (call.calls_alternative()) return Reach::block_ambiguous;
  return call.called == 1 ? Reach::block_one : Reach::block_two;
}

// note_block: a block's REF shows which allele the reference has at the sites under it, which is most often one base.
void Matcher::note_block(const Row& row, std::uint64_t last) {
  const Record& record = row.record;
  for (const std::uint32_t number : panel_.starting_in(row.chromosome, record.pos, std::min(last, record.ref_end()))) {
    Seen& seen = sites_[number];
    const std::string_view bases = record.ref.substr(panel_.site(number).position - record.pos);
    if (!is_plain(bases.front()) || seen.matched_line == record.line) continue;
    bool flipped = false;
    const Shown allele = shown(panel_.site(number), bases, flipped);
    if (allele != Shown::either) seen.shown = allele;
  }
  cover(block_of(row.call), row.chromosome, record.pos, last);
}

// cover notes a reach on the sites in [first, last]. Records come sorted, so what an earlier reach of the same kind has
// covered is skipped: overlapping reaches, however many, cost one step for each site and kind.
void Matcher::cover(Reach reach, Chromosome chromosome, std::uint64_t first, std::uint64_t last) {
  const auto kind = static_cast<std::size_t>(reach);
  std::uint64_t& covered = progress_.covered[kind];
  first = std::max(first, covered + 1);
  if (last < first) return;
  covered = last;
  for (const std::uint32_t number : panel_.starting_in(chromosome, first, last)) sites_[number].reached.set(kind);
}

}  // namespace glovebox::genome
