// libxgboost beside the compiled forest, on random rows of codes: bit for bit over every fixture that libxgboost 3.0
// can read, which are those up to version 3.0. With GLOVEBOX_EXHAUSTIVE (./run test --exhaustive) on over a million
// rows.
#include <gtest/gtest.h>

#include "support.h"

#ifdef GLOVEBOX_HAS_XGBOOST
#include <xgboost/c_api.h>

#include <bit>
#include <cstdlib>
#include <optional>
#include <string>

#include "engine/dosage_forest.h"
#include "engine/dosage_testing.h"
#include "model/load.h"

namespace glovebox::engine {
namespace {
namespace fs = std::filesystem;

// Oracle is one loaded booster; margins of any number of rows.
class Oracle {
 public:
  explicit Oracle(View weights) {
    EXPECT_EQ(XGBoosterCreate(nullptr, 0, &booster_), 0);
    EXPECT_EQ(XGBoosterSetParam(booster_, "nthread", "1"), 0);
    EXPECT_EQ(XGBoosterLoadModelFromBuffer(booster_, weights.data(), weights.size()), 0) << XGBGetLastError();
  }
  ~Oracle() { XGBoosterFree(booster_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  std::vector<float> margins(const std::vector<float>& rows, std::size_t features) {
    DMatrixHandle matrix = nullptr;
    const float missing = testing::value_of(3);
    EXPECT_EQ(XGDMatrixCreateFromMat(rows.data(), rows.size() / features, features, missing, &matrix), 0);
    bst_ulong size = 0;
    const float* values = nullptr;
    EXPECT_EQ(XGBoosterPredict(booster_, matrix, 1, 0, 0, &size, &values), 0) << XGBGetLastError();
    std::vector<float> out(values, values + size);
    XGDMatrixFree(matrix);
    return out;
  }

 private:
  BoosterHandle booster_ = nullptr;
};

// replaced writes `with` for the text from each `begin` (white space aside) to the next `end`, both included; nothing
// if there is none, or if what stands between has a comma and may not.
std::optional<std::string> replaced(std::string_view text, std::string_view key, std::string_view begin,
                                    std::string_view end, bool comma, const auto& with) {
  std::string out;
  bool found = false;
  for (std::size_t at = 0;;) {
    const std::size_t key_at = text.find(key, at);
    if (key_at == std::string_view::npos) {
      out += text.substr(at);
      return found ? std::optional(out) : std::nullopt;
    }
    const std::size_t value_at = text.find_first_not_of(" \t\r\n", key_at + key.size());
    out += text.substr(at, key_at + key.size() - at);
    at = key_at + key.size();
    if (value_at == std::string_view::npos || !text.substr(value_at).starts_with(begin)) continue;
    const std::size_t inside = value_at + begin.size();
    const std::size_t end_at = text.find(end, inside);
    if (end_at == std::string_view::npos) continue;
    const std::string_view between = text.substr(inside, end_at - inside);
    if (!comma && between.contains(',')) continue;
    out += with(between);
    at = end_at + end.size();
    found = true;
  }
}

// in_3_0_form: from 3.1 on base_score is a list; with one value that is all that stands between gbtree's models
// and 3.0.
std::optional<Bytes> in_3_0_form(const fs::path& file, const Bytes& bytes) {
  const std::string_view text = text_of(bytes);
  if (file.extension() != ".json" || text.contains("weight_drop")) return std::nullopt;
  const auto one = replaced(text, "\"base_score\":", "\"[", "]\"", false,
                            [](std::string_view score) { return '"' + std::string(score) + '"'; });
  if (!one) return std::nullopt;
  const auto out =
      replaced(*one, "\"version\":", "[", "]", true, [](std::string_view) { return std::string("[3,0,0]"); });
  return to_bytes(view_of(out.value_or(*one)));
}

struct Fixture {
  fs::path file;
  Bytes weights;  // as libxgboost 3.0 reads it
  model::Ensemble model;
};

TEST(DosageXgboost, RandomRowsBitForBit) {
  std::vector<fs::path> files;
  for (const fs::path& folder : {test::vectors() / "model", test::shared() / "data/xgboost"})
    if (fs::exists(folder))
      for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".json" || entry.path().extension() == ".ubj") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<Fixture> models;
  std::size_t later = 0;
  for (const fs::path& file : files) {
    Bytes weights = test::read(file);
    auto loaded = model::load(weights);
    if (!loaded) continue;  // refused ones, and other files of JSON
    if (loaded->version >= model::Version{3, 1, 0}) {
      auto older = in_3_0_form(file, weights);
      if (!older) continue;
      weights = std::move(*older);
      ++later;
    }
    models.push_back({file, std::move(weights), std::move(*loaded)});
  }
  ASSERT_GE(models.size(), 20U);
  EXPECT_GE(later, 1U);
  const std::size_t wanted = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1'100'000 : 30'000;
  const std::size_t each = wanted / models.size() + 1;
  testing::Random random(11);
  std::size_t compared = 0;
  for (const auto& [file, weights, model] : models) {
    SCOPED_TRACE(file);
    const auto forest = DosageForest::compile(model);
    ASSERT_TRUE(forest) << describe(forest.error());
    DosageWorkspace fast(*forest);
    DosageWorkspace portable(*forest, Path::portable);
    Oracle oracle(weights);
    for (std::size_t done = 0; done < each;) {
      const std::size_t rows = std::min<std::size_t>(5000, each - done);
      const auto codes = testing::random_codes(rows * model.features, random);
      const auto expected = oracle.margins(testing::values_of(codes), model.features);
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
  std::cout << models.size() << " models, " << later << " of them later than 3.0, " << compared << " rows\n";
}

}  // namespace
}  // namespace glovebox::engine
#else
TEST(DosageXgboost, RandomRowsBitForBit) {
  GTEST_SKIP() << "needs libxgboost, which is not here";
}
#endif
