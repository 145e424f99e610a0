#include "bundle/reference_alleles.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "genome/inflate.h"
#include "genome/lines.h"

namespace glovebox::bundle {
namespace {
constexpr std::size_t line_max = std::size_t{512} << 20;  // a FASTA may write a chromosome on one line
constexpr std::uint64_t text_max = std::uint64_t{1} << 40;
constexpr std::size_t doubtful_least =
    20;  // sites of which the reference has neither allele, before it counts as doubt

// Wanted is one site with the reference's bases from its position on, as far as they are known.
struct Wanted {
  genome::Site* site;
  std::string bases = {};  // of FASTA
  bool settled = false;
  bool neither = false;

  std::size_t length() const { return std::max(site->effect_allele.size(), site->other_allele.size()); }
};

void settle(Wanted& w, genome::ReferenceAllele allele) {
  if (w.settled && w.site->reference != allele) allele = genome::ReferenceAllele::unknown;  // two records disagree
  w.site->reference = allele;
  w.settled = true;
}
}  // namespace

struct ReferenceReader::State {
  genome::Build build;
  std::array<std::vector<Wanted>, genome::chromosomes_end> wanted = {};  // by position
  enum class Kind { unknown, fasta, vcf } kind = Kind::unknown;
  // FASTA: where we are
  std::optional<genome::Chromosome> chromosome = {};
  std::uint64_t position = 0;  // bases of this chromosome that have been seen
  std::size_t next = 0;        // the first site that may still want bases
  bool wrong_length = false;
  std::string wrong = {};
  Status status = {};
  genome::LineSplitter splitter{[this](const genome::Line& l) { return line(l); }, line_max};
  genome::Inflater inflater{[this](View text) { return splitter.feed(text); },
                            {.inflated_max = text_max, .ratio_max = 4096, .ratio_free = std::uint64_t{1} << 30}};

  std::vector<Wanted>& on(genome::Chromosome c) { return wanted[c.number]; }

  Status line(const genome::Line& l) {
    if (l.text.empty()) return {};
    if (kind == Kind::unknown) {
      if (l.text.starts_with('>'))
        kind = Kind::fasta;
      else if (l.text.starts_with("##fileformat=VCF"))
        kind = Kind::vcf;
      else
        return fail(Reject::type_unsupported, "a reference that is neither FASTA nor VCF",
                    "one of them, plain or compressed");
    }
    return kind == Kind::fasta ? fasta(l) : vcf(l);
  }

  Status fasta(const genome::Line& l) {
    if (l.text.starts_with('>')) {
      end_sequence();
      const std::string_view name = l.text.substr(1, l.text.find_first_of(" \t") - 1);
      chromosome = genome::chromosome_of(name);
      position = 0;
      next = 0;
      return {};
    }
    if (!chromosome) return {};
    const std::string_view text = l.text;
    if (text.find_first_of(" \t>") != std::string_view::npos)
      return fail(Reject::model_malformed, "line " + std::to_string(l.number) + " of the FASTA file", "bases");
    auto& sites = on(*chromosome);
    const std::uint64_t first = position + 1;
    position += text.size();
    for (std::size_t i = next; i < sites.size() && sites[i].site->position <= position; ++i) {
      Wanted& w = sites[i];
      const std::uint64_t from = w.site->position + w.bases.size();
      if (w.bases.size() < w.length() && from >= first && from <= position)
        w.bases += genome::upper(text.substr(from - first, w.length() - w.bases.size()));
    }
    while (next < sites.size() && sites[next].site->position + genome::site_allele_max < position) ++next;
    return {};
  }

  void end_sequence() {
    if (!chromosome || position == 0 || on(*chromosome).empty()) return;
    const std::uint64_t expected = genome::length_of(build, *chromosome);
    if (position == expected || wrong_length) return;
    wrong_length = true;
    wrong = "chromosome " + genome::name(*chromosome) + " of " + std::to_string(position) + " bases";
  }

  Status vcf(const genome::Line& l) {
    if (l.text.starts_with('#')) return {};
    std::array<std::string_view, 5> cells;
    std::string_view rest = l.text;
    for (std::string_view& cell : cells) {
      if (rest.empty())
        return fail(Reject::model_malformed, "line " + std::to_string(l.number) + " of the VCF",
                    "CHROM POS ID REF ALT");
      const std::size_t tab = std::min(rest.find('\t'), rest.size());
      cell = rest.substr(0, tab);
      rest.remove_prefix(std::min(tab + 1, rest.size()));
    }
    const auto c = genome::chromosome_of(cells[0]);
    std::uint64_t at = 0;
    const auto [end, error] = std::from_chars(cells[1].data(), cells[1].data() + cells[1].size(), at);
    if (error != std::errc() || end != cells[1].data() + cells[1].size())
      return fail(Reject::model_malformed, "line " + std::to_string(l.number) + " of the VCF", "a position");
    if (!c) return {};
    GLOVEBOX_CHECK(genome::check_contig(cells[0], build));
    const std::string_view ref = cells[3];
    auto& sites = on(*c);
    const std::uint64_t from = at > genome::site_allele_max ? at - genome::site_allele_max : 0;
    auto w = std::ranges::lower_bound(sites, from, {}, [](const Wanted& x) { return x.site->position; });
    for (; w != sites.end() && w->site->position < at + ref.size(); ++w) match(*w, at, ref, cells[4]);
    return {};
  }

  static void match(Wanted& w, std::uint64_t at, std::string_view ref, std::string_view alts) {
    const genome::Site& site = *w.site;
    if (site.other_allele.empty()) return;
    if (w.length() == 1 && site.position >= at) {  // one base, which REF covers
      const std::string base = genome::upper(ref.substr(site.position - at, 1));
      if (base == site.effect_allele)
        settle(w, genome::ReferenceAllele::effect);
      else if (base == site.other_allele)
        settle(w, genome::ReferenceAllele::other);
      else
        w.neither = true;
      return;
    }
    const genome::Variant mine = genome::trim(site.position, site.effect_allele, site.other_allele);
    for (bool more = true; more;) {
      const std::size_t comma = alts.find(',');
      more = comma != std::string_view::npos;
      const std::string_view alt = alts.substr(0, comma);
      if (alt.find_first_not_of("ACGTNacgtn") == std::string_view::npos) {
        const genome::Variant theirs = genome::trim(at, ref, alt);
        if (theirs.position == mine.position && theirs.first == mine.first && theirs.second == mine.second)
          settle(w, genome::ReferenceAllele::effect);
        if (theirs.position == mine.position && theirs.first == mine.second && theirs.second == mine.first)
          settle(w, genome::ReferenceAllele::other);
      }
      if (more) alts.remove_prefix(comma + 1);
    }
  }

  // of_bases settles what a FASTA can: the reference's bases are one allele's, and not the other's too.
  static void of_bases(Wanted& w) {
    const genome::Site& site = *w.site;
    if (site.other_allele.empty()) return;
    const bool effect = w.bases.starts_with(site.effect_allele);
    const bool other = w.bases.starts_with(site.other_allele);
    if (effect != other)
      settle(w, effect ? genome::ReferenceAllele::effect : genome::ReferenceAllele::other);
    else if (w.length() == 1 && !effect && !w.bases.empty() && w.bases != "N")
      w.neither = true;
  }
};

ReferenceReader::ReferenceReader(genome::Build build, std::vector<genome::Site*> sites)
    : state_(new State{.build = build}) {
  for (genome::Site* site : sites) state_->on(site->chromosome).push_back({.site = site});
  for (auto& list : state_->wanted)
    std::ranges::stable_sort(list, {}, [](const Wanted& w) { return w.site->position; });
}
ReferenceReader::~ReferenceReader() = default;

Status ReferenceReader::feed(View piece) {
  if (state_->status) state_->status = state_->inflater.feed(piece);
  return state_->status;
}

Result<ReferenceCounts> ReferenceReader::finish() {
  State& s = *state_;
  const auto end = [&s]() -> Status {
    GLOVEBOX_CHECK(s.status);
    GLOVEBOX_CHECK(s.inflater.finish());
    GLOVEBOX_CHECK(s.splitter.finish());
    if (s.kind == State::Kind::unknown) return fail(Reject::truncated, "an empty reference", "FASTA or VCF");
    if (s.kind == State::Kind::fasta) s.end_sequence();
    return {};
  };
  if (auto done = end(); !done) {
    if (done.error().reason == Reject::vcf_malformed) done.error().reason = Reject::model_malformed;
    return std::unexpected(done.error());
  }
  ReferenceCounts out;
  for (auto& list : s.wanted)
    for (Wanted& w : list) {
      if (s.kind == State::Kind::fasta) State::of_bases(w);
      const bool known = w.site->reference != genome::ReferenceAllele::unknown;
      ++(known ? out.known : out.unknown);
      if (!known && w.neither) ++out.neither;
    }
  const std::string build(genome::name(s.build));
  if (s.wrong_length) return fail(Reject::build_doubtful, "a reference with " + s.wrong, "the lengths of " + build);
  if (out.neither >= doubtful_least && out.neither * 10 > out.known + out.unknown)
    return fail(Reject::build_doubtful,
                std::to_string(out.neither) + " sites whose alleles the reference does not have",
                "a scoring file and a reference on " + build);
  return out;
}

}  // namespace glovebox::bundle
