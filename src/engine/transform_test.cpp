#include "engine/transform.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <thread>

#include "engine/expf.h"
#include "engine/floats.h"
#include "model/predict.h"

namespace glovebox::engine {
namespace {
using model::Link;

void expect_same(Link link, std::span<const float> margins) {
  model::Ensemble ensemble;
  ensemble.link = link;
  ensemble.groups = margins.size();
  std::vector<float> wanted(ensemble.outputs()), got(ensemble.outputs());
  model::transform(ensemble, margins, wanted);
  transform(link, margins, got);
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(bits_of(got[i]), bits_of(wanted[i]))
        << "link " << static_cast<int>(link) << ", output " << i << " of margin " << std::hexfloat << margins[i];
}

bool oracle_is_fused() {
  const volatile float x = 0x1.04845ep+5F;
  return std::exp(x) == exp_of(x);
}

constexpr Link one_by_one[] = {Link::identity, Link::logistic, Link::exponential, Link::step};
constexpr Link all[] = {Link::identity, Link::logistic, Link::exponential, Link::softmax, Link::argmax, Link::step};

// GLOVEBOX_EXHAUSTIVE=1: every margin there is.
TEST(Transform, OfOneMarginIsTheReferences) {
  if (!oracle_is_fused()) GTEST_SKIP() << "this machine's C library runs its variant without fused multiplication";
  const std::uint64_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 4093;
  constexpr unsigned parts = 4;
  std::vector<std::jthread> threads;
  for (unsigned part = 0; part < parts; ++part)
    threads.emplace_back([part, step] {
      std::vector<float> margins(4096);
      for (std::uint64_t bits = part * step; bits < std::uint64_t{1} << 32;) {
        for (float& m : margins) {
          m = float_of(static_cast<std::uint32_t>(bits));
          bits += parts * step;
        }
        for (const Link link : one_by_one) expect_same(link, margins);
        if (HasFatalFailure()) return;
      }
    });
}

TEST(Transform, OfManyMarginsIsTheReferences) {
  std::mt19937 random(5);
  const float extremes[] = {0.0F,    -0.0F,
                            1e-40F,  -1e-40F,
                            3e38F,   -3e38F,
                            88.7F,   -88.8F,
                            104.0F,  std::numeric_limits<float>::infinity(),
                            -103.9F, 0x1p-126F,
                            87.4F,   -std::numeric_limits<float>::infinity()};
  for (int round = 0; round < 20'000; ++round) {
    std::vector<float> margins(1 + random() % 12);
    const float spread = std::ldexp(1.0F, static_cast<int>(random() % 12) - 3);
    for (float& m : margins)
      m = random() % 16 == 0 ? extremes[random() % std::size(extremes)]
                             : std::uniform_real_distribution<float>(-spread, spread)(random);
    if (random() % 4 == 0) margins.back() = margins.front();  // equal ones
    for (const Link link : all) expect_same(link, margins);
    if (HasFatalFailure()) return;
  }
}

TEST(Transform, OfNotANumberIsTheReferences) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& margins : {std::vector<float>{nan}, {nan, 1, 2}, {1, nan, 2}, {2, 1, nan}})
    for (const Link link : {Link::identity, Link::exponential, Link::argmax, Link::step}) expect_same(link, margins);
}

}  // namespace
}  // namespace glovebox::engine
