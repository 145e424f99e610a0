#include "genome/sites.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "genome/place.h"

namespace glovebox::genome {
namespace {
constexpr char upper_base(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_acgt(std::string_view text) {
  return text.find_first_not_of("ACGT") == std::string_view::npos;
}

std::unexpected<Error> invalid(std::size_t number, const Site& site, std::string_view what, std::string expected) {
  return fail(Reject::model_invalid,
              "site " + std::to_string(number + 1) + " (" + name(site.chromosome) + ":" +
                  std::to_string(site.position) + "): " + std::string(what),
              std::move(expected));
}

Status check(std::size_t number, const Site& site, Build build) {
  if (site.chromosome.number == 0 || site.chromosome.number >= chromosomes_end)
    return invalid(number, site, "no chromosome", "1 to 22, X, Y or MT");
  if (site.position == 0 || site.position > length_of(build, site.chromosome))
    return invalid(number, site, "position",
                   "1 to " + std::to_string(length_of(build, site.chromosome)) + " on " + std::string(name(build)));
  if (site.effect_allele.empty()) return invalid(number, site, "no effect allele", "bases");
  if (site.effect_allele.size() > site_allele_max || site.other_allele.size() > site_allele_max)
    return invalid(number, site, "a long allele", std::to_string(site_allele_max) + " bases at most");
  if (!is_acgt(site.effect_allele))
    return invalid(number, site, "effect allele " + quote(site.effect_allele), "A, C, G and T");
  if (!is_acgt(site.other_allele))
    return invalid(number, site, "other allele " + quote(site.other_allele), "A, C, G and T");
  if (site.effect_allele == site.other_allele) return invalid(number, site, "equal alleles", "two different ones");
  if (site.expected && (*site.expected < 0 || *site.expected > 2 * dosage_unit))
    return invalid(number, site, "expected dosage " + std::to_string(*site.expected), "0 to 2,000,000 millionths");
  if (site.reference == ReferenceAllele::other && site.other_allele.empty())
    return invalid(number, site, "the reference is an allele that is not given", "it");
  return {};
}

// sort_by: most models list their sites in order, which is seen in a tenth of the time that sorting them takes.
template <class Key>
void sort_by(std::vector<std::uint32_t>& list, Key key) {
  if (!std::ranges::is_sorted(list, {}, key)) std::ranges::sort(list, {}, key);
}

// partition_near is the first place of [0, size) where `before` is false, `before` being true up to some place and
// false from there on. It looks around `guess` first, in steps that double.
template <class Before>
std::size_t partition_near(std::size_t guess, std::size_t size, Before before) {
  guess = std::min(guess, size);
  std::size_t low = 0, high = size;  // the answer lies in [low, high]
  if (guess < size && before(guess)) {
    low = guess + 1;
    for (std::size_t step = 1; low < size; step *= 2) {
      const std::size_t at = std::min(low + step - 1, size - 1);
      if (!before(at)) {
        high = at;
        break;
      }
      low = at + 1;
    }
  } else {
    high = guess;
    for (std::size_t step = 1; high > 0; step *= 2) {
      const std::size_t at = high - std::min(step, high);
      if (before(at)) {
        low = at + 1;
        break;
      }
      high = at;
    }
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (before(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// range narrows an index to the sites of a chromosome whose `key` lies in [first, last]. Records come sorted, so it
// begins to look where it last found something; `Key` tells the indexes apart.
template <class Key>
std::span<const std::uint32_t> range(const std::vector<std::uint32_t>& index, std::uint64_t first, std::uint64_t last,
                                     Chromosome chromosome, Key key) {
  using At = std::pair<Chromosome, std::uint64_t>;
  thread_local std::size_t near = 0;
  const std::size_t begin =
      partition_near(near, index.size(), [&](std::size_t i) { return key(index[i]) < At{chromosome, first}; });
  const std::size_t end =
      partition_near(begin, index.size(), [&](std::size_t i) { return key(index[i]) <= At{chromosome, last}; });
  near = begin;
  return std::span(index).subspan(begin, std::max(end, begin) - begin);
}
}  // namespace

std::string upper(std::string_view bases) {
  std::string out(bases);
  std::ranges::transform(out, out.begin(), upper_base);
  return out;
}

bool same_bases(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, upper_base, upper_base);
}

VariantView trim_view(std::uint64_t position, std::string_view first, std::string_view second) {
  while (!first.empty() && !second.empty() && upper_base(first.back()) == upper_base(second.back())) {
    first.remove_suffix(1);
    second.remove_suffix(1);
  }
  while (!first.empty() && !second.empty() && upper_base(first.front()) == upper_base(second.front())) {
    first.remove_prefix(1);
    second.remove_prefix(1);
    ++position;
  }
  return {position, first, second};
}

Variant trim(std::uint64_t position, std::string_view first, std::string_view second) {
  const VariantView view = trim_view(position, first, second);
  return {view.position, upper(view.first), upper(view.second)};
}

Result<Panel> Panel::create(Build build, std::vector<Site> sites) {
  if (sites.size() > sites_max)
    return fail(Reject::too_large, std::to_string(sites.size()) + " sites", std::to_string(sites_max) + " at most");
  Panel panel;
  panel.build_ = build;
  panel.variants_.reserve(sites.size());
  for (std::size_t i = 0; i < sites.size(); ++i) {
    Site& site = sites[i];
    site.effect_allele = upper(site.effect_allele);
    site.other_allele = upper(site.other_allele);
    GLOVEBOX_CHECK(check(i, site, build));
    panel.variants_.push_back(site.other_allele.empty() ? Variant{site.position, site.effect_allele, ""}
                                                        : trim(site.position, site.effect_allele, site.other_allele));
    const Variant& variant = panel.variants_.back();
    panel.longest_allele_ = std::max({panel.longest_allele_, variant.first.size(), variant.second.size()});
  }
  panel.sites_ = std::move(sites);
  panel.by_position_.resize(panel.sites_.size());
  std::iota(panel.by_position_.begin(), panel.by_position_.end(), 0U);
  panel.by_trimmed_ = panel.by_position_;
  sort_by(panel.by_position_,
          [&](std::uint32_t i) { return std::tuple(panel.sites_[i].chromosome, panel.sites_[i].position, i); });
  sort_by(panel.by_trimmed_,
          [&](std::uint32_t i) { return std::tuple(panel.sites_[i].chromosome, panel.variants_[i].position, i); });
  return panel;
}

std::span<const std::uint32_t> Panel::starting_in(Chromosome chromosome, std::uint64_t first,
                                                  std::uint64_t last) const {
  return range(by_position_, first, last, chromosome,
               [this](std::uint32_t i) { return std::pair(sites_[i].chromosome, sites_[i].position); });
}
std::span<const std::uint32_t> Panel::trimmed_at(Chromosome chromosome, std::uint64_t position) const {
  return trimmed_in(chromosome, position, position);
}
std::span<const std::uint32_t> Panel::trimmed_in(Chromosome chromosome, std::uint64_t first, std::uint64_t last) const {
  return range(by_trimmed_, first, last, chromosome,
               [this](std::uint32_t i) { return std::pair(sites_[i].chromosome, variants_[i].position); });
}
}  // namespace glovebox::genome
