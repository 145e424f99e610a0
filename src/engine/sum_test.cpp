#include "engine/sum.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "support.h"

namespace glovebox::engine {
namespace {
using model::Dose;
using model::Effect;
using model::Int128;
using model::Polygenic;

void expect_same(const Polygenic& model, const std::vector<Dose>& doses) {
  const model::Sums wanted = model::sum_of(model, doses);
  const ExactSums got = exact_sums(model, doses);
  EXPECT_TRUE(got.sums.sum == wanted.sum) << got.sums.sum_text() << ", not " << wanted.sum_text();
  EXPECT_EQ(got.sums.denominator, wanted.denominator);
  EXPECT_EQ(got.sums.dosage_sum, wanted.dosage_sum);
  EXPECT_EQ(got.bad, 0U);
}

Dose random_dose(std::mt19937& random) {
  Dose out{.dosage = static_cast<std::int32_t>(random() % 3) * model::dosage_unit,
           .alleles = static_cast<std::uint8_t>(random() % 3),
           .expected = random() % 4 == 0};
  if (random() % 3 == 0) out.dosage = static_cast<std::int32_t>(random() % (model::copies_max + 1));
  if (random() % 5 == 0) out.dosage = random() % 2 == 0 ? -1 : std::numeric_limits<std::int32_t>::min();
  return out;
}

Polygenic random_model(std::mt19937& random) {
  Polygenic out;
  const std::size_t terms = 1 + random() % 60;
  for (std::size_t i = 0; i < terms; ++i) {
    model::Term term{.effect = static_cast<Effect>(random() % 4)};
    for (Int128& w : term.weights) {
      w = static_cast<Int128>(random()) * random() * random() % (model::weight_total_max / 64);
      if (random() % 2 == 0) w = -w;
    }
    out.terms.push_back(term);
    out.names.push_back(std::to_string(i));
  }
  return out;
}

TEST(Sum, EqualsTheReference) {
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    const Polygenic model = random_model(random);
    std::vector<Dose> doses(model.terms.size());
    for (Dose& d : doses) d = random_dose(random);
    expect_same(model, doses);
    if (HasFailure()) return;
  }
}

TEST(Sum, TheLargestWeightIsExact) {
  for (const Int128 weight : {model::weight_total_max, -model::weight_total_max}) {
    const Polygenic model{.terms = {{.effect = Effect::additive, .weights = {weight}}}, .names = {"a"}};
    for (const std::int32_t d : {0, 1, 999'999, 1'000'000, 1'999'999, 2'000'000})
      expect_same(model, {{.dosage = d, .alleles = 2}});
  }
}

// A bad dose is said to be one, wherever it stands, and adds nothing.
TEST(Sum, SaysThatADoseIsOutOfRange) {
  std::mt19937 random(6);
  const std::int32_t above[] = {model::copies_max + 1, std::numeric_limits<std::int32_t>::max()};
  for (int round = 0; round < 300; ++round) {
    const Polygenic model = random_model(random);
    std::vector<Dose> doses(model.terms.size());
    for (Dose& d : doses) d = random_dose(random);
    const std::size_t at = random() % doses.size();
    doses[at] = {};
    const model::Sums without = model::sum_of(model, doses);
    if (random() % 2 == 0)
      doses[at] = {.dosage = above[random() % 2], .alleles = 2};
    else
      doses[at] = {.dosage = model::dosage_unit, .alleles = static_cast<std::uint8_t>(3 + random() % 253)};
    const ExactSums got = exact_sums(model, doses);
    EXPECT_EQ(got.bad, ~0U);
    EXPECT_TRUE(got.sums.sum == without.sum);
    EXPECT_EQ(got.sums.denominator, without.denominator);
    EXPECT_EQ(got.sums.dosage_sum, without.dosage_sum);
  }
}

TEST(SumDeath, AnotherNumberOfDosesAborts) {
  const Polygenic model{.terms = {{.weights = {1}}}, .names = {"a"}};
  EXPECT_DEATH((void)exact_sums(model, {}), "");
}

}  // namespace
}  // namespace glovebox::engine
