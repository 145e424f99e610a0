// Models that XGBoost 3.0 trained (tests/vectors/model, with what it predicts), hostile ones, and properties of both.
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

#include "model/load.h"
#include "model/predict.h"
#include "support.h"

namespace glovebox::model {
namespace {
namespace fs = std::filesystem;
const fs::path folder = test::vectors() / "model";

std::vector<fs::path> files(const fs::path& where, auto keep) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(where))
    if (entry.is_regular_file() && keep(entry.path())) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

struct Row {
  std::array<std::vector<float>, 3> parts;  // features, margins, predictions
};

std::vector<Row> rows_of(const fs::path& path) {
  const Bytes bytes = test::read(path);
  std::istringstream in{std::string(text_of(bytes))};
  std::vector<Row> out;
  for (std::string line; std::getline(in, line);) {
    Row row;
    std::istringstream words(line);
    std::size_t part = 0;
    for (std::string word; words >> word;) {
      if (word == "|") {
        ++part;
        continue;
      }
      float v = std::numeric_limits<float>::quiet_NaN();
      if (word != "nan") std::from_chars(word.data(), word.data() + word.size(), v);
      row.parts.at(part).push_back(v);
    }
    out.push_back(row);
  }
  return out;
}

std::uint32_t bits(float v) {
  return std::bit_cast<std::uint32_t>(v);
}

TEST(Model, PredictsBitForBitWhatXgboostPredicts) {
  const auto expected = files(folder, [](const fs::path& p) { return p.extension() == ".rows"; });
  ASSERT_GE(expected.size(), 20U);
  for (const fs::path& path : expected) {
    SCOPED_TRACE(path.filename());
    fs::path file = path;
    file.replace_extension(".json");
    if (!fs::exists(file)) file.replace_extension(".ubj");
    const auto model = load(test::read(file));
    ASSERT_TRUE(model) << describe(model.error());
    const auto rows = rows_of(path);
    ASSERT_EQ(rows.size(), 12U);
    for (const Row& row : rows) {
      ASSERT_EQ(row.parts[0].size(), model->features);
      std::vector<float> margins(model->groups);
      std::vector<float> predictions(model->outputs());
      predict_margin(*model, row.parts[0], margins);
      transform(*model, margins, predictions);
      // multi:softmax answers the class even where XGBoost was asked for margins of one output
      ASSERT_EQ(row.parts[1].size(), margins.size());
      ASSERT_EQ(row.parts[2].size(), predictions.size());
      for (std::size_t i = 0; i < margins.size(); ++i) EXPECT_EQ(bits(margins[i]), bits(row.parts[1][i]));
      for (std::size_t i = 0; i < predictions.size(); ++i) EXPECT_EQ(bits(predictions[i]), bits(row.parts[2][i]));
    }
  }
}

TEST(Model, JsonAndUbjsonAreTheSameModel) {
  const auto a = load(test::read(folder / "logistic.json")).value();
  const auto b = load(test::read(folder / "logistic-ubj.ubj")).value();
  ASSERT_EQ(a.trees.size(), b.trees.size());
  EXPECT_EQ(a.feature_names, b.feature_names);
  EXPECT_EQ(a.intercept, b.intercept);
  for (std::size_t t = 0; t < a.trees.size(); ++t) {
    ASSERT_EQ(a.trees[t].nodes.size(), b.trees[t].nodes.size());
    for (std::size_t n = 0; n < a.trees[t].nodes.size(); ++n)
      EXPECT_EQ(bits(a.trees[t].nodes[n].value), bits(b.trees[t].nodes[n].value));
  }
}

TEST(Model, HostileModelsAreRefusedByName) {
  const auto bad = files(folder / "bad", [](const fs::path& p) { return p.extension() != ".py"; });
  ASSERT_GE(bad.size(), 40U);
  for (const fs::path& path : bad) {
    const std::string file = path.filename();
    const std::size_t dash = file.find('-');
    const std::string expected = file.substr(dash + 1, file.find('-', dash + 1) - dash - 1);
    const Bytes bytes = test::read(path);
    EXPECT_EQ(test::reason_of(load(bytes, path.extension() == ".ubj" ? Format::xgboost_ubjson : Format::detect)),
              expected)
        << file;
  }
  EXPECT_TRUE(load(test::read(folder / "stump.json")));  // the model all of them were made from
}

// Whatever loads obeys what Ensemble promises.
void check_promises(const Ensemble& model) {
  ASSERT_EQ(model.group.size(), model.trees.size());
  ASSERT_EQ(model.intercept.size(), model.groups);
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    const Tree& tree = model.trees[t];
    ASSERT_LT(model.group[t], model.groups);
    ASSERT_FALSE(tree.nodes.empty());
    std::vector<int> reached(tree.nodes.size(), 0);
    reached[0] = 1;
    for (std::size_t n = 0; n < tree.nodes.size(); ++n) {
      const Node& node = tree.nodes[n];
      if (node.leaf()) {
        ASSERT_TRUE(std::isfinite(node.value));
        continue;
      }
      ASSERT_GT(node.left, n);
      ASSERT_LT(node.left + 1U, tree.nodes.size());
      ASSERT_LT(node.feature, model.features);
      ASSERT_LE(node.categories_end, tree.categories.size());
      ++reached[node.left];
      ++reached[node.left + 1U];
    }
    for (const int r : reached) ASSERT_EQ(r, 1);
  }
}

TEST(Model, LoadedEnsemblesKeepTheirPromises) {
  for (const fs::path& path :
       files(folder, [](const fs::path& p) { return p.extension() == ".json" || p.extension() == ".ubj"; })) {
    SCOPED_TRACE(path.filename());
    const auto model = load(test::read(path));
    ASSERT_TRUE(model) << describe(model.error());
    check_promises(*model);
  }
}

TEST(Model, EveryShorterPrefixIsRefused) {
  for (const char* file : {"stump.json", "logitraw.ubj"}) {
    const Bytes bytes = test::read(folder / file);
    const Format format = detect(bytes).value();
    for (std::size_t n = 0; n < bytes.size(); ++n) ASSERT_FALSE(load(View(bytes).first(n), format)) << file << " " << n;
  }
}

// One changed byte gives a refusal or a model that still keeps its promises, in both forms.
TEST(Model, AChangedByteNeverBreaksAPromise) {
  std::mt19937 random(20261121);
  for (const char* file : {"stump.json", "categorical-onehot.json", "dart-classes.ubj"}) {
    const Bytes good = test::read(folder / file);
    const Format format = detect(good).value();
    std::size_t accepted = 0;
    for (int i = 0; i < 1500; ++i) {
      Bytes bytes = good;
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
      const auto model = load(bytes, format);
      if (!model) continue;
      ++accepted;
      check_promises(*model);
      if (model->features > 1000) continue;
      const std::vector<float> row(model->features, 1.0F);
      std::vector<float> out(model->groups);
      predict_margin(*model, row, out);
    }
    EXPECT_GT(accepted, 0U) << file;
  }
}

TEST(Model, SaysWhatItReads) {
  const auto dart = load(test::read(folder / "dart.json")).value();
  EXPECT_EQ(dart.weight.size(), dart.trees.size());
  EXPECT_EQ(dart.objective, "binary:logistic");
  EXPECT_EQ(dart.feature_names.front(), "f0");
  EXPECT_EQ(dart.version, (Version{3, 0, 0}));
  EXPECT_EQ(dart.iterations, 8U);
  const auto parallel = load(test::read(folder / "parallel.ubj")).value();
  EXPECT_EQ(parallel.iterations, 3U);
  EXPECT_EQ(parallel.trees.size(), 9U);
  const auto argmax = load(test::read(folder / "softmax.json")).value();
  EXPECT_EQ(argmax.groups, 3U);
  EXPECT_EQ(argmax.outputs(), 1U);
  const auto types = load(test::read(folder / "categorical-onehot.json")).value().feature_types;
  EXPECT_EQ(types.back(), "c");
  const auto named = load(test::read(folder / "categorical-3.1.json")).value().categories;
  ASSERT_EQ(named.size(), 6U);
  EXPECT_TRUE(named[4].empty());
  EXPECT_EQ(named[5].size(), 9U);
  EXPECT_EQ(named[5].back(), "level 8");
}

TEST(Model, BaseScoreIsReadInEachOfItsForms) {
  const std::string text(text_of(test::read(folder / "stump.json")));
  const auto with = [&](std::string base, std::string version) {
    std::string t = text;
    t.replace(t.find("\"5E-1\""), 6, base);
    t.replace(t.find("[3,0,0]"), 7, version);
    return load(view_of(t));
  };
  const float margin = -std::log(1.0F / 0.235F - 1.0F);
  for (const auto& [base, version] : {std::pair{"\"2.35E-1\"", "[3,0,0]"},
                                      {"0.235", "[1,0,0]"},
                                      {"\"0.235000\"", "[1,0,0]"},
                                      {"\"[2.35E-1]\"", "[3,1,0]"},
                                      {"\"2.35E-1\"", "[3,4,0]"}}) {
    const auto model = with(base, version);
    ASSERT_TRUE(model) << base << " " << describe(model.error());
    EXPECT_EQ(bits(model->intercept[0]), bits(margin));
  }
  EXPECT_EQ(test::reason_of(with("\"[2.35E-1,1E-1]\"", "[3,1,0]")), "model_invalid");
  EXPECT_EQ(test::reason_of(with("\"[2.35E-1\"", "[3,1,0]")), "model_malformed");
  EXPECT_EQ(test::reason_of(with("\"[]\"", "[3,1,0]")), "model_malformed");
  EXPECT_EQ(test::reason_of(with("\"0E0\"", "[3,1,0]")), "model_invalid");
  EXPECT_TRUE(with("\"[0E0]\"", "[3,2,0]"));  // from 3.2 on XGBoost bounds it instead
}

}  // namespace
}  // namespace glovebox::model
