// The demo's two models from training to margins: trained by the scripts in demo/, packed, and scored as libxgboost
// does.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <sstream>

#include "bundle/pack.h"
#include "model/predict.h"
#include "support.h"

#ifdef GLOVEBOX_HAS_XGBOOST
#include <xgboost/c_api.h>
#endif

namespace glovebox::bundle {
namespace {
namespace fs = std::filesystem;

bool run(const std::string& command) {
  return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

#define NEEDS_TRAINER()                           \
  if (!run("python3 -c 'import numpy, xgboost'")) \
  GTEST_SKIP() << "needs python3 with xgboost and numpy, which is not here"

const fs::path scripts = test::vectors() / "../../demo";

Result<Bundle> packed(const fs::path& folder) {
  const Bytes manifest = test::read(folder / "manifest.toml");
  GLOVEBOX_TRY(bytes, pack(text_of(manifest), test::read(folder / "features.tsv"), test::read(folder / "model.ubj")));
  return load(bytes);
}

#ifdef GLOVEBOX_HAS_XGBOOST
void expect_what_libxgboost_says(const Bundle& b, const fs::path& folder, const std::vector<std::vector<float>>& rows) {
  const Bytes weights = test::read(folder / "model.ubj");
  BoosterHandle booster = nullptr;
  DMatrixHandle matrix = nullptr;
  ASSERT_EQ(XGBoosterCreate(nullptr, 0, &booster), 0);
  ASSERT_EQ(XGBoosterLoadModelFromBuffer(booster, weights.data(), weights.size()), 0);
  std::vector<float> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  const float missing = std::numeric_limits<float>::quiet_NaN();
  ASSERT_EQ(XGDMatrixCreateFromMat(flat.data(), rows.size(), b.ensemble().features, missing, &matrix), 0);
  for (const int margin : {1, 0}) {
    bst_ulong size = 0;
    const float* values = nullptr;
    ASSERT_EQ(XGBoosterPredict(booster, matrix, margin, 0, 0, &size, &values), 0);
    ASSERT_EQ(size, rows.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      float mine = 0;
      float prediction = 0;
      model::predict_margin(b.ensemble(), rows[i], {&mine, 1});
      model::transform(b.ensemble(), {&mine, 1}, {&prediction, 1});
      different +=
          std::bit_cast<std::uint32_t>(margin == 1 ? mine : prediction) != std::bit_cast<std::uint32_t>(values[i]);
    }
    EXPECT_EQ(different, 0U) << "of " << rows.size() << (margin == 1 ? " margins" : " predictions");
  }
  XGDMatrixFree(matrix);
  XGBoosterFree(booster);
}
#endif

TEST(DemoModels, GenomicRisk) {
  NEEDS_TRAINER();
  const char* data = std::getenv("GLOVEBOX_DATA");
  const fs::path vcf =
      fs::path(data != nullptr ? data : "/usr/share/glovebox") / "VariantAnnotation/extdata/chr22.vcf.gz";
  GLOVEBOX_NEEDS(vcf);
  const fs::path out = fs::path(GLOVEBOX_BUILD) / "test-demo-risk";
  ASSERT_TRUE(run("python3 '" + (scripts / "train_genomic_risk.py").string() + "' --vcf '" + vcf.string() +
                  "' --out '" + out.string() + "'"));
  const auto b = packed(out);
  ASSERT_TRUE(b) << describe(b.error());
  EXPECT_EQ(b->features.size(), 131U);
  EXPECT_EQ(b->variants().size(), 131U);
  EXPECT_EQ(b->ensemble().trees.size(), 200U);
  EXPECT_EQ(b->manifest.build, Build::grch37);
  EXPECT_FALSE(b->manifest.simulated.empty());
  const auto site = std::get<genome::Site>(b->features[0].what);
  EXPECT_EQ(site.position, 50300078U);
  EXPECT_EQ(site.effect_allele + site.other_allele, "GA");
#ifdef GLOVEBOX_HAS_XGBOOST
  std::mt19937 random(1);
  std::vector<std::vector<float>> rows(2000);
  for (auto& row : rows)
    for (std::size_t f = 0; f < b->features.size(); ++f) {
      const auto v = random() % 4;
      row.push_back(v == 3 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(v));
    }
  expect_what_libxgboost_says(*b, out, rows);
#endif
}

TEST(DemoModels, Credit) {
  NEEDS_TRAINER();
  const fs::path arff = test::shared() / "data/tabular/credit-g.arff";
  GLOVEBOX_NEEDS(arff);
  const fs::path out = fs::path(GLOVEBOX_BUILD) / "test-demo-credit";
  ASSERT_TRUE(run("python3 '" + (scripts / "train_credit.py").string() + "' --arff '" + arff.string() + "' --out '" +
                  out.string() + "'"));
  const auto b = packed(out);
  ASSERT_TRUE(b) << describe(b.error());
  EXPECT_TRUE(b->variants().empty());
  EXPECT_FALSE(panel_of(*b));
  std::istringstream table{std::string(text_of(test::read(out / "table.csv")))};
  std::vector<std::vector<float>> rows;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    auto& row = rows.emplace_back();
    std::istringstream cells(line);
    std::string cell;
    for (const Feature& f : b->features) {
      ASSERT_TRUE(std::getline(cells, cell, ','));
      const bool level = !std::get<Value>(f.what).levels.empty();
      const auto v = level ? encode_value(f, cell) : encode_value(f, std::stod(cell));
      ASSERT_TRUE(v) << describe(v.error());
      row.push_back(*v);
    }
  }
  ASSERT_EQ(rows.size(), 1000U);
#ifdef GLOVEBOX_HAS_XGBOOST
  expect_what_libxgboost_says(*b, out, rows);
#endif
}

}  // namespace
}  // namespace glovebox::bundle
