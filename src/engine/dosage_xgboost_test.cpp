// libxgboost beside the compiled forest, on random rows of codes: bit for bit over every fixture that libxgboost 3.0
// can be asked about. With GLOVEBOX_EXHAUSTIVE (./run test --exhaustive) on over a million rows.
#include <gtest/gtest.h>

#ifdef GLOVEBOX_HAS_XGBOOST
#include <bit>
#include <cstdlib>

#include "engine/dosage_forest.h"
#include "engine/dosage_testing.h"
#include "engine/xgboost_testing.h"

namespace glovebox::engine {
namespace {

TEST(DosageXgboost, RandomRowsBitForBit) {
  const auto models = testing::fixtures();
  const std::size_t wanted = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1'100'000 : 30'000;
  const std::size_t each = wanted / models.size() + 1;
  testing::Random random(11);
  std::size_t compared = 0;
  for (const auto& [file, weights, model, later] : models) {
    SCOPED_TRACE(file);
    const auto forest = DosageForest::compile(model);
    ASSERT_TRUE(forest) << describe(forest.error());
    DosageWorkspace fast(*forest);
    DosageWorkspace portable(*forest, Path::portable);
    testing::Oracle oracle(weights, model);
    for (std::size_t done = 0; done < each;) {
      const std::size_t rows = std::min<std::size_t>(5000, each - done);
      const auto codes = testing::random_codes(rows * model.features, random);
      const auto expected = oracle.of(testing::values_of(codes));
      std::vector<float> margins(rows * model.groups);
      ASSERT_EQ(expected.size(), margins.size());
      const auto compare = [&](std::size_t count) {
        std::size_t different = 0;
        for (std::size_t i = 0; i < count; ++i)
          different += std::bit_cast<std::uint32_t>(margins[i]) != std::bit_cast<std::uint32_t>(expected[i]);
        EXPECT_EQ(different, 0U) << "of " << count;
      };
      for (DosageWorkspace* workspace : {&fast, &portable}) {
        forest->batch_row_major(codes, rows, margins, *workspace);
        compare(margins.size());
        const std::size_t some = std::min<std::size_t>(rows, 500);
        for (std::size_t r = 0; r < some; ++r)
          forest->row(std::span(codes).subspan(r * model.features, model.features),
                      std::span(margins).subspan(r * model.groups, model.groups), *workspace);
        compare(some * model.groups);
      }
      done += rows;
      compared += rows;
    }
  }
  EXPECT_GE(compared, wanted);
  std::cout << models.size() << " models, " << std::ranges::count_if(models, &testing::Fixture::later)
            << " of them later than 3.0, " << compared << " rows\n";
}

}  // namespace
}  // namespace glovebox::engine
#else
TEST(DosageXgboost, RandomRowsBitForBit) {
  GTEST_SKIP() << "needs libxgboost, which is not here";
}
#endif
