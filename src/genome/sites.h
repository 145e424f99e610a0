// sites.h: the sites that a model asks for. Alleles are compared after trimming: what two alleles share at their end,
// then at their beginning, is cut off, so that TAT>TGT at 100 and A>G at 101 are one variant. Trimming needs no
// reference sequence and does not left-align: an indel inside a repeat matches if both files place it at the repeat's
// left end, as the specification asks and `bcftools norm` does.
#pragma once
#include <span>
#include <vector>

#include "base/result.h"
#include "genome/build.h"
#include "genome/rules.h"

namespace glovebox::genome {

constexpr std::size_t sites_max = std::size_t{1} << 22;
constexpr std::size_t site_allele_max = 8192;  // bases; the 1000 Genomes Project spells out deletions of 3,380

// ReferenceAllele says which of a site's alleles the reference genome has. Only then may an absent record be taken as
// homozygous reference; the effect allele is often the reference's.
enum class ReferenceAllele : std::uint8_t { unknown, effect, other };

struct Site {
  Chromosome chromosome;
  std::uint64_t position = 0;  // 1-based, of the alleles' first base, as in a VCF
  std::string effect_allele;   // the allele that is counted
  std::string other_allele;    // may be empty, as in some score files; then only the effect allele is compared
  ReferenceAllele reference = ReferenceAllele::unknown;
  std::optional<Dosage> expected = {};  // twice the effect allele's frequency, if the model names one
};

// Variant is a pair of alleles after trimming; either may be empty. A panel's own are in upper case; a record's borrow
// its line, since a hostile one may have a REF of megabytes beside thousands of ALTs.
template <class Text>
struct BasicVariant {
  std::uint64_t position = 0;
  Text first;
  Text second;

  // end is the last position that `first` covers; position - 1 if it is empty.
  std::uint64_t end() const { return position + first.size() - 1; }
};
using Variant = BasicVariant<std::string>;
using VariantView = BasicVariant<std::string_view>;
VariantView trim_view(std::uint64_t position, std::string_view first, std::string_view second);
Variant trim(std::uint64_t position, std::string_view first, std::string_view second);  // in upper case
// same_bases compares without case (VCF 4.5: tools need not preserve it).
bool same_bases(std::string_view a, std::string_view b);
std::string upper(std::string_view bases);

// Panel is a model's sites, checked and indexed. Site numbers are places in the list that it was made from.
class Panel {
 public:
  // create refuses: too_large; model_invalid for a position of 0 or beyond the chromosome's end, alleles that are not
  // A, C, G, T, equal alleles, a reference allele that is not given, or an expected dosage that two alleles cannot
  // have.
  static Result<Panel> create(Build build, std::vector<Site> sites);

  Build build() const { return build_; }
  std::size_t size() const { return sites_.size(); }
  const Site& site(std::size_t number) const { return sites_[number]; }
  const Variant& variant(std::size_t number) const { return variants_[number]; }  // first: effect, second: other

  // starting_in lists the sites whose position, as given, lies in [first, last]; in order of position.
  std::span<const std::uint32_t> starting_in(Chromosome chromosome, std::uint64_t first, std::uint64_t last) const;
  // rank is where a list from starting_in begins in the order of all sites by position.
  std::size_t rank(std::span<const std::uint32_t> sites) const {
    return static_cast<std::size_t>(sites.data() - by_position_.data());
  }
  // trimmed_at lists the sites whose trimmed alleles begin at `position`.
  std::span<const std::uint32_t> trimmed_at(Chromosome chromosome, std::uint64_t position) const;
  // trimmed_in lists the sites whose trimmed alleles begin in [first, last].
  std::span<const std::uint32_t> trimmed_in(Chromosome chromosome, std::uint64_t first, std::uint64_t last) const;
  // longest_allele bounds how far before a position a site that reaches it may begin.
  std::size_t longest_allele() const { return longest_allele_; }

 private:
  Panel() = default;
  Build build_ = Build::grch37;
  std::vector<Site> sites_;
  std::vector<Variant> variants_;
  std::vector<std::uint32_t> by_position_;
  std::vector<std::uint32_t> by_trimmed_;
  std::size_t longest_allele_ = 0;
};

}  // namespace glovebox::genome
