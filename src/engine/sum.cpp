#include "engine/sum.h"

#include <cstdlib>

#include "engine/floats.h"

namespace glovebox::engine {
namespace {
using model::Effect;
using model::Int128;

constexpr auto one = static_cast<std::uint32_t>(model::dosage_unit);
constexpr auto two = static_cast<std::uint32_t>(model::copies_max);
static_assert(two < std::uint32_t{1} << 31);

// The weight where the mask is set, else 0.
Int128 masked(Int128 weight, std::uint32_t mask) {
  return weight & static_cast<Int128>(static_cast<std::int32_t>(mask));
}
}  // namespace

ExactSums exact_sums(const model::Polygenic& model, std::span<const model::Dose> doses) {
  if (doses.size() != model.terms.size()) std::abort();
  ExactSums out;
  for (std::size_t i = 0; i < doses.size(); ++i) {
    const model::Term& term = model.terms[i];
    const model::Dose& dose = doses[i];
    const auto dosage = static_cast<std::uint32_t>(dose.dosage);
    const std::uint32_t known = hidden(~(0U - (dosage >> 31)));
    const std::uint32_t expected = hidden(0U - static_cast<std::uint32_t>(dose.expected));
    const std::uint32_t bad =
        (known & mask_below(two, dosage & magnitude_bits)) | mask_below(2U, std::uint32_t{dose.alleles});
    out.bad |= bad;

    std::uint32_t takes = known & ~bad;
    std::uint32_t d = dosage;
    if (term.effect != Effect::additive) takes &= ~expected;
    if (term.effect == Effect::dominant) d = choose(mask_below(one, dosage & magnitude_bits), one, d);
    if (term.effect == Effect::recessive) d = (d - one) & mask_below(one, dosage & magnitude_bits);
    if (term.effect == Effect::by_count) {
      const std::uint32_t count[3] = {mask_equal(d, 0), mask_equal(d, one), mask_equal(d, two)};
      takes &= count[0] | count[1] | count[2];
      Int128 weight = 0;
      for (std::size_t k = 0; k < 3; ++k) weight |= masked(term.weights[k], takes & count[k]);
      out.sums.sum += weight * model::dosage_unit;
      d &= takes;
    } else {
      d &= takes;
      out.sums.sum += term.weights[0] * static_cast<std::int32_t>(d);
    }
    out.sums.denominator += dose.alleles & takes;
    out.sums.dosage_sum += d & ~expected;
  }
  return out;
}

}  // namespace glovebox::engine
