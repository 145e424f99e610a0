// The compiled forest beside the reference predictor: ensembles of every shape, every way in, both paths.
#include "engine/dosage_forest.h"

#include <gtest/gtest.h>

#include <bit>

#include "engine/dosage_blocks.h"
#include "engine/dosage_testing.h"
#include "model/load.h"
#include "model/predict.h"
#include "support.h"

namespace glovebox::engine {
namespace {
namespace fs = std::filesystem;
using namespace testing;

std::vector<Path> paths() {
  std::vector<Path> out{Path::portable};
  if (best_path() != Path::portable) out.push_back(best_path());
  return out;
}

std::size_t differences(std::span<const float> a, std::span<const float> b) {
  EXPECT_EQ(a.size(), b.size());
  std::size_t out = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    out += std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]);
  return out;
}

std::vector<float> reference(const model::Ensemble& model, std::span<const std::uint8_t> codes, std::size_t rows) {
  std::vector<float> out(rows * model.groups);
  for (std::size_t r = 0; r < rows; ++r)
    model::predict_margin(model, values_of(codes.subspan(r * model.features, model.features)),
                          std::span(out).subspan(r * model.groups, model.groups));
  return out;
}

struct Planes {
  std::vector<std::uint64_t> lo, hi;
  std::size_t stride = 0;
};
Planes planes_of(std::span<const std::uint8_t> codes, std::size_t features, std::size_t rows) {
  Planes out;
  out.stride = (rows + 255) / 256 * 4 + 4;                   // more than is needed
  out.lo.assign(features * out.stride, 0x5555555555555555);  // rows beyond the last hold anything
  out.hi.assign(features * out.stride, 0x3333333333333333);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t f = 0; f < features; ++f) {
      const std::uint64_t bit = std::uint64_t{1} << (r % 64);
      std::uint64_t& lo = out.lo[f * out.stride + r / 64];
      std::uint64_t& hi = out.hi[f * out.stride + r / 64];
      const std::uint8_t code = codes[r * features + f];
      lo = (code & 1) != 0 ? lo | bit : lo & ~bit;
      hi = (code & 2) != 0 ? hi | bit : hi & ~bit;
    }
  return out;
}

// Every way in, with both paths, gives the reference's bits.
void expect_reference(const model::Ensemble& model, std::size_t rows, Random& random) {
  const auto forest = DosageForest::compile(model);
  ASSERT_TRUE(forest) << describe(forest.error());
  const auto codes = random_codes(rows * model.features, random);
  const auto expected = reference(model, codes, rows);
  const Planes planes = planes_of(codes, model.features, rows);
  for (const Path path : paths()) {
    SCOPED_TRACE(path == Path::portable ? "portable" : "avx2");
    DosageWorkspace workspace(*forest, path);
    std::vector<float> margins(expected.size(), -1);
    forest->batch_row_major(codes, rows, margins, workspace);
    EXPECT_EQ(differences(margins, expected), 0U) << "row by row";
    std::ranges::fill(margins, -1.0F);
    forest->batch_planes(planes.lo, planes.hi, planes.stride, rows, margins, workspace);
    EXPECT_EQ(differences(margins, expected), 0U) << "planes";
    std::ranges::fill(margins, -1.0F);
    for (std::size_t r = 0; r < rows; ++r)
      forest->row(std::span(codes).subspan(r * model.features, model.features),
                  std::span(margins).subspan(r * model.groups, model.groups), workspace);
    EXPECT_EQ(differences(margins, expected), 0U) << "one by one";
  }
}

TEST(DosageForest, EveryShape) {
  Random random(1);
  for (const Shape shape : {Shape::complete, Shape::ragged, Shape::chain, Shape::leaf, Shape::mixed})
    for (std::size_t depth = 1; depth <= 11; ++depth)
      for (const bool dart : {false, true}) {
        const Plan plan{.features = 1 + random() % 80,
                        .groups = random() % 2 == 0 ? 1 : 1 + random() % 5,
                        .trees = random() % 80,
                        .depth = depth,
                        .shape = shape,
                        .dart = dart};
        SCOPED_TRACE(testing_name(plan));
        expect_reference(random_ensemble(plan, random), 1 + random() % 300, random);
      }
}

TEST(DosageForest, DeepTrees) {
  Random random(2);
  for (const std::size_t depth : {13U, 30U, 100U, 400U})
    for (const Shape shape : {Shape::chain, Shape::mixed}) {
      if (shape == Shape::mixed && depth > 13) continue;
      SCOPED_TRACE(depth);
      const Plan plan{.features = 8000, .groups = 2, .trees = 6, .depth = depth, .shape = shape, .dart = true};
      expect_reference(random_ensemble(plan, random), 270, random);
    }
}

TEST(DosageForest, NumbersOfRows) {
  Random random(3);
  const auto model = random_ensemble({.features = 37, .groups = 3, .trees = 9, .depth = 5}, random);
  for (const std::size_t rows :
       {0U, 1U, 7U, 8U, 9U, 12U, 13U, 63U, 64U, 65U, 255U, 256U, 257U, 268U, 269U, 511U, 513U, 1000U}) {
    SCOPED_TRACE(rows);
    expect_reference(model, rows, random);
  }
}

// Enough features for every form of dictionary and more than one tile, used densely, sparsely, and one tree at a time.
TEST(DosageForest, ManyFeatures) {
  Random random(4);
  struct Case {
    std::size_t features, trees, depth;
  };
  for (const Case c : {Case{1024, 60, 6}, Case{1025, 60, 6}, Case{4000, 200, 7}, Case{5000, 300, 7},
                       Case{300'000, 40, 5}, Case{270'000, 600, 8}, Case{model::features_max, 3, 4}}) {
    SCOPED_TRACE(c.features);
    const Plan plan{.features = c.features, .trees = c.trees, .depth = c.depth, .shape = Shape::complete};
    expect_reference(random_ensemble(plan, random), c.features > 10'000 ? 3 : 40, random);
  }
}

TEST(DosageForest, NoTreesAndOnlyLeaves) {
  Random random(5);
  expect_reference(random_ensemble({.trees = 0}, random), 10, random);
  expect_reference(random_ensemble({.trees = 20, .shape = Shape::leaf}, random), 10, random);
  expect_reference(random_ensemble({.features = 1, .trees = 40, .depth = 4}, random), 10, random);
}

TEST(DosageForest, ManyGroups) {
  Random random(6);
  expect_reference(random_ensemble({.groups = model::groups_max, .trees = 2000, .depth = 3}, random), 20, random);
}

TEST(DosageForest, OnlyTheLowTwoBitsOfACodeCount) {
  Random random(7);
  const auto model = random_ensemble({.features = 77, .trees = 30}, random);
  const auto forest = DosageForest::compile(model).value();
  const auto codes = random_codes(300 * 77, random);
  auto dirty = codes;
  for (auto& code : dirty) code = static_cast<std::uint8_t>(code | (random() % 64 << 2));
  const auto expected = reference(model, codes, 300);
  for (const Path path : paths()) {
    DosageWorkspace workspace(forest, path);
    std::vector<float> margins(300);
    forest.batch_row_major(dirty, 300, margins, workspace);
    EXPECT_EQ(differences(margins, expected), 0U);
    for (std::size_t r = 0; r < 300; ++r)
      forest.row(std::span(dirty).subspan(r * 77, 77), std::span(margins).subspan(r, 1), workspace);
    EXPECT_EQ(differences(margins, expected), 0U);
  }
}

TEST(DosageForest, AWorkspaceForOneRow) {
  Random random(12);
  const auto model = random_ensemble({.features = 300, .trees = 50}, random);
  const auto forest = DosageForest::compile(model).value();
  const auto codes = random_codes(300, random);
  for (const Path path : paths()) {
    DosageWorkspace workspace(forest, path, DosageWorkspace::Rows::one);
    std::vector<float> margins(1);
    forest.row(codes, margins, workspace);
    EXPECT_EQ(differences(margins, reference(model, codes, 1)), 0U);
    EXPECT_DEATH(forest.batch_row_major(codes, 1, margins, workspace), "");
  }
}

TEST(DosageForest, AWorkspaceOfAnotherForestAborts) {
  Random random(13);
  const auto model = random_ensemble({}, random);
  const auto forest = DosageForest::compile(model).value();
  const auto other = DosageForest::compile(model).value();
  DosageWorkspace workspace(other);
  const auto codes = random_codes(model.features, random);
  std::vector<float> margins(1);
  EXPECT_DEATH(forest.row(codes, margins, workspace), "");
}

// What a chain compiles to grows as its nodes do.
TEST(DosageForest, DeepTreesStaySmall) {
  Random random(8);
  const auto bytes_of_a_node = [&](std::size_t depth) {
    const auto model =
        random_ensemble({.features = 200'000, .trees = 1, .depth = depth, .shape = Shape::chain}, random);
    std::size_t splits = 0;
    for (const std::uint32_t split : blocks_of(model).splits) splits += split != 0;
    return static_cast<double>(DosageForest::compile(model).value().bytes()) / static_cast<double>(splits);
  };
  EXPECT_LT(bytes_of_a_node(2000), 200.0);
  EXPECT_LT(bytes_of_a_node(8000), 1.2 * bytes_of_a_node(2000));
}

TEST(DosageForest, RefusesByNameWhatIsTooLarge) {
  Random random(9);
  const auto model = random_ensemble({}, random);
  const std::size_t bytes = DosageForest::compile(model).value().bytes();
  EXPECT_TRUE(DosageForest::compile(model, bytes));
  EXPECT_EQ(test::reason_of(DosageForest::compile(model, bytes - 1)), "too_large");
}

TEST(DosageForest, FixturesAndModelsOfOthers) {
  Random random(10);
  std::size_t models = 0;
  std::vector<fs::path> folders{test::vectors() / "model"};
  if (fs::exists(test::shared() / "data/xgboost")) folders.push_back(test::shared() / "data/xgboost");
  for (const fs::path& folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".json" && entry.path().extension() != ".ubj") continue;
      const auto model = model::load(test::read(entry.path()));
      if (!model) continue;  // refused ones, and other files of JSON
      SCOPED_TRACE(entry.path());
      expect_reference(*model, 60, random);
      ++models;
    }
  EXPECT_GE(models, 20U);
}

}  // namespace
}  // namespace glovebox::engine
