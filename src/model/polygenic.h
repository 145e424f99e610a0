// polygenic.h: a polygenic score: a weight for each allele counted, and their sum. The model that the PGS Catalog
// publishes; only `load_polygenic` makes one, and it checks everything once: no sum of any genome's can overflow.
//
//   glovebox polygenic v1
//   name  effect  weight  weight_0  weight_1  weight_2  frequency        (between tabs; "." does not apply)
//   rs699 additive  -0.0276  .  .  .  0.41
//
// One line for each of the bundle's features, in their order, under their names.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "model/decimal.h"

namespace glovebox::model {

constexpr std::string_view polygenic_label = "glovebox polygenic v1";
constexpr std::string_view polygenic_header = "name\teffect\tweight\tweight_0\tweight_1\tweight_2\tfrequency";
constexpr std::size_t polygenic_size_max = std::size_t{256} << 20;  // bytes
constexpr std::size_t terms_max = std::size_t{1} << 22;
constexpr std::size_t term_name_max = 128;
constexpr Int128 weight_total_max = 50'000'000 * ten_to(weight_places);  // of all terms: 2 x it x 10^6 is below 2^127
constexpr std::int32_t copies_max = 2 * dosage_unit;

// Dose is what a person has at one term's site: effect alleles in millionths, below 0 where that is not known, of so
// many alleles. An expected one was not read but taken from the allele's frequency.
struct Dose {
  std::int32_t dosage = -1;
  std::uint8_t alleles = 0;
  bool expected = false;
};

// Effect says what d effect alleles add to the sum.
enum class Effect : std::uint8_t {
  additive,   // weight x d
  dominant,   // weight x min(d, 1)
  recessive,  // weight x max(d - 1, 0)
  by_count    // weight_0, weight_1 or weight_2: d is whole, or the term is missing
};
std::string_view name(Effect effect);
std::optional<Effect> effect_from_name(std::string_view word);

struct Term {
  Effect effect = Effect::additive;
  std::array<Int128, 3> weights{};            // of 0, 1, 2 copies if by_count; else the first is the weight, 10^-24
  std::optional<std::int32_t> expected = {};  // 2 x the effect allele's frequency, in millionths of an allele

  // magnitude is the largest |weight|: the term's share in coverage.
  Int128 magnitude() const;
  // takes says whether the term can use this dose: it is known; it is whole where it must be; and it is an expected one
  // only where the effect is additive, since for the others the effect of the mean is not the mean of the effects.
  bool takes(const Dose& dose) const;
};

struct Polygenic {
  std::vector<Term> terms;
  std::vector<std::string> names;  // of the terms
};

// load_polygenic: model_version_unsupported (another first line), model_malformed with the line, model_invalid (weights
// whose sum could overflow, more places than are kept, a frequency beyond 0 to 1), too_large.
Result<Polygenic> load_polygenic(View text);

// encode_polygenic writes what load_polygenic reads.
struct TermText {
  std::string name;
  Effect effect = Effect::additive;
  std::array<Int128, 3> weights{};
  std::string frequency = {};  // empty: not known
};
Bytes encode_polygenic(std::span<const TermText> terms);

// Sums is what plink2 --score writes: SUM, DENOM and NAMED_ALLELE_DOSAGE_SUM.
struct Sums {
  Int128 sum = 0;                 // 10^-30
  std::uint64_t denominator = 0;  // alleles at the sites that count
  // Effect alleles, in millionths: min(d, 1) and max(d - 1, 0) where the effect is dominant or recessive, and without
  // expected ones, as plink2 counts them.
  std::int64_t dosage_sum = 0;

  std::string sum_text() const { return to_decimal(sum, sum_places); }
  std::string dosage_sum_text() const { return to_decimal(dosage_sum, dosage_places); }
  // average is SUM / DENOM; not a number if nothing counts.
  double average() const;
};

// sum_of adds up one person's terms, plainly: one dose for each term, none of more than two alleles; anything else is
// an error of the caller's and aborts. A term that does not take its dose adds nothing and leaves the denominator.
Sums sum_of(const Polygenic& model, std::span<const Dose> doses);

}  // namespace glovebox::model
