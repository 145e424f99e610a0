// sum.h: polygenic sums with a constant trace: model::sum_of, exact, in fixed width, from a trace that depends on the
// model's terms alone.
#pragma once
#include "model/polygenic.h"

namespace glovebox::engine {

// Where model::sum_of aborts, this says so: a dose of more than two alleles adds nothing, and sets `bad`, which is a
// secret as the sums are.
struct ExactSums {
  model::Sums sums;
  std::uint32_t bad = 0;  // 0, or all ones
};

// exact_sums adds up one dose for each term; any other number of them aborts.
ExactSums exact_sums(const model::Polygenic& model, std::span<const model::Dose> doses);

}  // namespace glovebox::engine
