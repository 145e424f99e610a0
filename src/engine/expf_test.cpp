#include "engine/expf.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <thread>
#include <vector>

#include "engine/floats.h"

namespace glovebox::engine {
namespace {

// The C library is the oracle only where it runs its fused variant, which is so wherever the processor has one.
bool oracle_is_fused() {
  const volatile float x = 0x1.04845ep+5F;
  return std::exp(x) == 0x1.f93e38p+46F;
}

// GLOVEBOX_EXHAUSTIVE=1 tries all 2^32 inputs, else one in 1021, and all that are near an edge.
TEST(Exp, HasTheBitsOfTheCLibrary) {
  if (!oracle_is_fused()) GTEST_SKIP() << "this machine's C library runs its variant without fused multiplication";
  const std::uint64_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 1021;
  std::atomic<std::uint64_t> tried = 0, scalar = 0, vector = 0;
  const auto compare = [&](std::uint64_t first, std::uint64_t apart) {
    std::array<float, 8> in, many;
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = float_of(static_cast<std::uint32_t>(first + i * apart));
    many = in;
    exp_of(many);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const std::uint32_t wanted = bits_of(std::exp(in[i]));
      scalar += bits_of(exp_of(in[i])) != wanted;
      vector += bits_of(many[i]) != wanted;
    }
    tried += in.size();
  };
  constexpr unsigned parts = 4;
  std::vector<std::jthread> threads;
  for (unsigned part = 0; part < parts; ++part)
    threads.emplace_back([&, part] {
      for (std::uint64_t bits = part * 8 * step; bits < std::uint64_t{1} << 32; bits += parts * 8 * step)
        compare(bits, step);
    });
  threads.clear();
  for (const float edge : {0.0F, -0.0F, 1.0F, 0x1.62e42ep6F, -0x1.9fe368p6F, -0x1.9d1d9ep6F, -87.33654F, 0x1p-126F,
                           -0x1p-126F, 0x1.04845ep+5F, -0x1.f8cbb2p+5F, std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    for (std::uint64_t i = 0; i < 4096; i += 8) compare(std::uint64_t{bits_of(edge)} + i - 2048, 1);
  EXPECT_EQ(scalar, 0U) << "of " << tried;
  EXPECT_EQ(vector, 0U) << "of " << tried;
}

TEST(Exp, GivesTheFusedResultWhereTheTwoVariantsDiffer) {
  EXPECT_EQ(exp_of(0x1.04845ep+5F), 0x1.f93e38p+46F);
  EXPECT_EQ(exp_of(-0x1.f8cbb2p+5F), 0x1.f45326p-92F);
}

TEST(Exp, OfManyIsThatOfEachOnBothPathsForAnyNumberOfThem) {
  for (std::size_t n = 0; n < 20; ++n) {
    std::vector<float> in(n);
    for (std::size_t i = 0; i < n; ++i) in[i] = static_cast<float>(i) * 13.7F - 110.0F;
    for (const Path path : {Path::portable, best_path()}) {
      std::vector<float> out = in;
      exp_of(out, path);
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(bits_of(out[i]), bits_of(exp_of(in[i]))) << i << " of " << n;
    }
  }
}

}  // namespace
}  // namespace glovebox::engine
