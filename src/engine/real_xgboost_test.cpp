// libxgboost beside the forest over real numbers, on values of all kinds: at each threshold and on both sides of it,
// categories in and out of range, missing, infinite, subnormal, zeros of both signs. Margins are bit for bit the same
// over every fixture that libxgboost 3.0 can be asked about; predictions are as docs/spec/engine.md lists them. With
// GLOVEBOX_EXHAUSTIVE (./run test --exhaustive) on over a million rows.
#include <gtest/gtest.h>

#ifdef GLOVEBOX_HAS_XGBOOST
#include <bit>
#include <cstdlib>
#include <map>

#include "engine/floats.h"
#include "engine/real_forest.h"
#include "engine/testing.h"
#include "engine/transform.h"
#include "engine/xgboost_testing.h"

namespace glovebox::engine {
namespace {
using testing::Oracle;

std::size_t wanted_rows() {
  return std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1'100'000 : 30'000;
}

std::size_t different(std::span<const float> a, std::span<const float> b) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) out += bits_of(a[i]) != bits_of(b[i]);
  return out;
}

// Of two that are not NaN.
std::uint64_t ulps(float a, float b) {
  return static_cast<std::uint64_t>(std::abs(std::int64_t{order(bits_of(a))} - std::int64_t{order(bits_of(b))}));
}

struct Compared {
  std::size_t values = 0, different = 0;
  std::uint64_t ulps = 0;

  void add(float got, float wanted) {
    ++values;
    if (bits_of(got) == bits_of(wanted) || (std::isnan(got) && std::isnan(wanted))) return;
    ++different;
    ulps = std::max(ulps, std::isnan(got) || std::isnan(wanted) ? ~std::uint64_t{0} : engine::ulps(got, wanted));
  }
};

// predictions_of are what XGBoost is asked for beside margins: of a model that answers a class, that class.
void compare_predictions(Oracle& oracle, const model::Ensemble& model, const std::vector<float>& values,
                         std::span<const float> margins, Compared& compared) {
  const auto wanted = oracle.of(values, Oracle::What::predictions);
  const std::size_t rows = values.size() / model.features;
  std::vector<float> got(rows * model.outputs());
  for (std::size_t r = 0; r < rows; ++r)
    transform(model.link, margins.subspan(r * model.groups, model.groups),
              std::span(got).subspan(r * model.outputs(), model.outputs()));
  ASSERT_EQ(wanted.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i) compared.add(got[i], wanted[i]);
}

// listed reads the table of docs/spec/engine.md: objective to the greatest difference, in units in the last place.
std::map<std::string, std::uint64_t> listed() {
  const Bytes page = test::read(test::vectors().parent_path().parent_path() / "docs/spec/engine.md");
  std::string_view text = text_of(page);
  std::map<std::string, std::uint64_t> out;
  const auto table = text.find("| objective |");
  EXPECT_NE(table, std::string_view::npos);
  for (text.remove_prefix(table); text.starts_with('|'); text.remove_prefix(text.find('\n') + 1)) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::string_view last = line.substr(line.rfind('|', line.size() - 2) + 2);
    const std::uint64_t most = last.starts_with("equal") ? 0 : 1;
    std::string_view names = line.substr(0, line.find('|', 1));
    for (std::size_t at; (at = names.find('`')) != std::string_view::npos;) {
      names.remove_prefix(at + 1);
      out[std::string(names.substr(0, names.find('`')))] = most;
      names.remove_prefix(names.find('`') + 1);
    }
  }
  return out;
}

TEST(RealXgboost, RandomRowsBitForBit) {
  const auto models = testing::fixtures();
  const std::size_t wanted = wanted_rows();
  const std::size_t each = wanted / models.size() + 1;
  std::mt19937 random(13);
  std::size_t compared = 0;
  std::map<std::string, Compared> predicted;
  for (const auto& [file, weights, model, later] : models) {
    SCOPED_TRACE(file);
    const auto forest = RealForest::compile(model);
    ASSERT_TRUE(forest) << describe(forest.error());
    RealWorkspace fast(*forest);
    RealWorkspace portable(*forest, Path::portable);
    Oracle oracle(weights, model);
    for (std::size_t done = 0; done < each;) {
      const std::size_t rows = std::min<std::size_t>(5000, each - done);
      auto values = test::random_rows(model, rows, random);
      if (!oracle.takes_infinite())
        for (float& v : values)
          if (std::isinf(v)) v = std::copysign(std::numeric_limits<float>::max(), v);
      const auto expected = oracle.of(values);
      std::vector<float> margins(rows * model.groups);
      ASSERT_EQ(expected.size(), margins.size());
      for (RealWorkspace* workspace : {&portable, &fast}) {
        forest->batch(values, rows, margins, *workspace);
        EXPECT_EQ(different(margins, expected), 0U) << "of " << margins.size();
        const std::size_t some = std::min<std::size_t>(rows, 500);
        for (std::size_t r = 0; r < some; ++r)
          forest->row(std::span(values).subspan(r * model.features, model.features),
                      std::span(margins).subspan(r * model.groups, model.groups), *workspace);
        EXPECT_EQ(different(margins, expected), 0U) << "row by row";
      }
      compare_predictions(oracle, model, values, margins, predicted[model.objective]);
      done += rows;
      compared += rows;
    }
  }
  EXPECT_GE(compared, wanted);
  std::cout << models.size() << " models, " << std::ranges::count_if(models, &testing::Fixture::later)
            << " of them later than 3.0, " << compared << " rows\n";
  const auto table = listed();
  for (const auto& [objective, found] : predicted) {
    std::cout << objective << ": " << found.values << " predictions, " << found.different << " differ, by "
              << found.ulps << " units in the last place at most\n";
    ASSERT_TRUE(table.contains(objective)) << objective << " is not in the table of docs/spec/engine.md";
    EXPECT_LE(found.ulps, table.at(objective)) << objective;
  }
}

}  // namespace
}  // namespace glovebox::engine
#else
TEST(RealXgboost, RandomRowsBitForBit) {
  GTEST_SKIP() << "needs libxgboost, which is not here";
}
#endif
