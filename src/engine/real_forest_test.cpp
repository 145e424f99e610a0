#include "engine/real_forest.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "engine/testing.h"
#include "model/load.h"
#include "model/predict.h"
#include "support.h"

namespace glovebox::engine {
namespace {
using model::Ensemble;

void expect_same(const Ensemble& ensemble, std::span<const float> values, std::size_t rows) {
  const auto forest = RealForest::compile(ensemble);
  ASSERT_TRUE(forest) << describe(forest.error());
  const std::size_t n = ensemble.features;
  const std::size_t g = ensemble.groups;
  std::vector<float> wanted(rows * g);
  for (std::size_t r = 0; r < rows; ++r)
    model::predict_margin(ensemble, values.subspan(r * n, n), std::span(wanted).subspan(r * g, g));
  for (const Path path : {Path::portable, best_path()}) {
    RealWorkspace workspace(*forest, path);
    std::vector<float> got(rows * g);
    forest->batch(values, rows, got, workspace);
    for (std::size_t i = 0; i < got.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(got[i]), std::bit_cast<std::uint32_t>(wanted[i]))
          << "batch, path " << static_cast<int>(path) << ", row " << i / g;
    RealWorkspace of_one(*forest, path, RealWorkspace::Rows::one);
    const std::size_t single = std::min<std::size_t>(rows, 40);
    for (std::size_t r = 0; r < single; ++r) {
      forest->row(values.subspan(r * n, n), std::span(got).first(g), r % 2 == 0 ? workspace : of_one);
      for (std::size_t k = 0; k < g; ++k)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(got[k]), std::bit_cast<std::uint32_t>(wanted[r * g + k]))
            << "row " << r << ", path " << static_cast<int>(path);
    }
  }
}

TEST(RealForest, RandomTreesOfAnyShapeBitForBit) {
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE(round);
    const Ensemble ensemble = test::random_ensemble(random);
    const std::size_t rows = round % 8 == 0 ? 700 : 1 + random() % 80;
    expect_same(ensemble, test::random_rows(ensemble, rows, random), rows);
    if (HasFatalFailure()) return;
  }
}

// A split, and every value that could come to it: at the threshold, on both sides, zeros of both signs, the smallest
// numbers, infinities and missing.
TEST(RealForest, ValuesAtTheThreshold) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float threshold : {0.0F, -0.0F, 1e-45F, -1e-45F, 1.5F, -1.5F, 3.4028235e38F, infinity, -infinity})
    for (const bool default_left : {false, true}) {
      Ensemble e;
      e.features = 1;
      e.intercept = {0.5F};
      e.group = {0};
      e.trees = {{.nodes = {{.left = 1, .value = threshold, .default_left = default_left}, {.value = 1}, {.value = 2}},
                  .categories = {}}};
      std::vector<float> values = {0.0F,
                                   -0.0F,
                                   1e-45F,
                                   -1e-45F,
                                   infinity,
                                   -infinity,
                                   std::nanf(""),
                                   -std::nanf(""),
                                   threshold,
                                   std::nextafter(threshold, infinity),
                                   std::nextafter(threshold, -infinity)};
      expect_same(e, values, values.size());
    }
}

TEST(RealForest, CategoriesInAndOutOfRange) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    Ensemble e;
    e.features = 1;
    e.intercept = {0};
    e.group = {0};
    model::Tree tree;
    tree.nodes = {{.left = 1, .default_left = round % 2 == 0, .categorical = true}, {.value = 1}, {.value = 2}};
    std::int32_t c = static_cast<std::int32_t>(random() % 3);
    for (int i = 0; i < 1 + round % 7; ++i, c += 1 + static_cast<std::int32_t>(random() % 3 / 2 * random() % 40))
      tree.categories.push_back(c);
    if (round % 5 == 0) tree.categories.push_back(model::category_end - 1);
    tree.nodes[0].categories_end = static_cast<std::uint32_t>(tree.categories.size());
    e.trees = {tree};
    std::vector<float> values = {std::nanf(""), -1.0F, -0.5F, -0.0F, 0.5F, 16777215.0F, 16777216.0F, 3e38F, -1e-45F};
    for (const std::int32_t member : tree.categories)
      for (const float by : {-1.0F, -0.25F, 0.0F, 0.25F, 1.0F}) values.push_back(static_cast<float>(member) + by);
    expect_same(e, values, values.size());
    if (HasFatalFailure()) return;
  }
}

TEST(RealForest, FixturesBitForBit) {
  std::mt19937 random(5);
  std::size_t models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::vectors() / "model")) {
    if (entry.path().extension() != ".json" && entry.path().extension() != ".ubj") continue;
    SCOPED_TRACE(entry.path().filename());
    const auto model = model::load(test::read(entry.path()));
    ASSERT_TRUE(model) << describe(model.error());
    expect_same(*model, test::random_rows(*model, 600, random), 600);
    ++models;
  }
  EXPECT_GT(models, 20U);
}

// A chain of splits as deep as it is long: what is compiled and computed grows with its length.
TEST(RealForest, AVeryDeepTreeStaysSmall) {
  std::mt19937 random(9);
  Ensemble e;
  e.features = 3;
  e.intercept = {0};
  e.group = {0};
  model::Tree tree;
  constexpr std::uint32_t depth = 3000;
  tree.nodes.push_back({});
  for (std::uint32_t d = 0; d < depth; ++d) {
    const auto at = static_cast<std::uint32_t>(tree.nodes.size() - 1);
    tree.nodes[at].left = at + 1;
    tree.nodes[at].feature = d % 3;
    tree.nodes[at].value = static_cast<float>(d) / depth;
    tree.nodes.push_back({.value = static_cast<float>(d)});
    tree.nodes.push_back({.value = -1});
  }
  e.trees = {tree};
  expect_same(e, test::random_rows(e, 300, random), 300);
}

TEST(RealForest, AnEnsembleWithoutASplit) {
  Ensemble e;
  e.features = 2;
  e.groups = 2;
  e.intercept = {0.25F, -1};
  const std::vector<float> values(2 * 300, 1);
  expect_same(e, values, 300);
  e.trees = {{.nodes = {{.value = 3}}, .categories = {}}};
  e.group = {1};
  expect_same(e, values, 300);
}

TEST(RealForestDeath, WrongSizesAndWorkspacesAbort) {
  std::mt19937 random(1);
  const Ensemble ensemble = test::random_ensemble(random);
  const auto forest = RealForest::compile(ensemble).value();
  const auto other = RealForest::compile(ensemble).value();
  RealWorkspace workspace(other);
  std::vector<float> values(ensemble.features), margins(ensemble.groups);
  EXPECT_DEATH(forest.row(values, margins, workspace), "");
  RealWorkspace own(forest);
  values.push_back(0);
  EXPECT_DEATH(forest.row(values, margins, own), "");
  EXPECT_DEATH(forest.batch(values, 1, margins, own), "");
  values.pop_back();
  RealWorkspace of_one(forest, best_path(), RealWorkspace::Rows::one);
  EXPECT_DEATH(forest.batch(values, 1, margins, of_one), "");
}

}  // namespace
}  // namespace glovebox::engine
