// libxgboost as the oracle, and models that other people trained with XGBoost 1.7 to 3.4 (data beside the checkout).
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "model/load.h"
#include "model/predict.h"
#include "support.h"

#ifdef GLOVEBOX_HAS_XGBOOST
#include <xgboost/c_api.h>
#endif

namespace glovebox::model {
namespace {
namespace fs = std::filesystem;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();
const fs::path jpmml = test::shared() / "data/xgboost/jpmml-agpl";

using Table = std::vector<std::vector<std::string>>;
Table csv(const fs::path& path) {
  const Bytes bytes = test::read(path);
  std::istringstream in{std::string(text_of(bytes))};
  Table out;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    auto& row = out.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
  }
  return out;
}

float number(const std::string& text) {
  if (text == "NA") return missing;
  if (text == "TRUE" || text == "FALSE") return text == "TRUE" ? 1.0F : 0.0F;
  double v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return static_cast<float>(v);
}

// encode makes the rows that the fixture's authors gave to XGBoost. Python: one feature a column, strings as the rank
// among the column's sorted strings. R: the feature map's one-hot columns, in which a zero is missing.
std::vector<std::vector<float>> encode(const Table& table, const Ensemble& model, const fs::path& feature_map, bool r) {
  const auto& header = table.front();
  std::vector<std::vector<float>> rows(table.size() - 1);
  if (r) {
    std::vector<std::string> names;
    std::istringstream in{std::string(text_of(test::read(feature_map)))};
    for (std::string index, name, type; in >> index >> name >> type;) names.push_back(name);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (const std::string& name : names) {
        const std::string column = name.substr(0, name.find('='));
        const std::size_t at = static_cast<std::size_t>(std::ranges::find(header, column) - header.begin());
        const std::string& cell = table[i + 1].at(at);
        const bool level = name.contains('=');
        const float v = level ? (cell == name.substr(name.find('=') + 1) ? 1.0F : 0.0F) : number(cell);
        rows[i].push_back(v == 0.0F ? missing : v);
      }
    return rows;
  }
  for (std::size_t f = 0; f < model.features; ++f) {
    const std::size_t at = static_cast<std::size_t>(std::ranges::find(header, model.feature_names[f]) - header.begin());
    std::set<std::string> levels;
    if (model.feature_types[f] == "c")
      for (std::size_t i = 1; i < table.size(); ++i)
        if (table[i].at(at) != "NA") levels.insert(table[i].at(at));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string& cell = table[i + 1].at(at);
      const auto rank = [&] { return static_cast<float>(std::distance(levels.begin(), levels.find(cell))); };
      rows[i].push_back(levels.empty() ? number(cell) : cell == "NA" ? missing : rank());
    }
  }
  return rows;
}

#ifdef GLOVEBOX_HAS_XGBOOST
std::vector<float> oracle(View weights, const std::vector<std::vector<float>>& rows, std::size_t outputs) {
  BoosterHandle booster = nullptr;
  DMatrixHandle matrix = nullptr;
  EXPECT_EQ(XGBoosterCreate(nullptr, 0, &booster), 0);
  EXPECT_EQ(XGBoosterSetParam(booster, "nthread", "1"), 0);
  EXPECT_EQ(XGBoosterLoadModelFromBuffer(booster, weights.data(), weights.size()), 0) << XGBGetLastError();
  std::vector<float> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  EXPECT_EQ(XGDMatrixCreateFromMat(flat.data(), rows.size(), rows.front().size(), missing, &matrix), 0);
  bst_ulong size = 0;
  const float* values = nullptr;
  EXPECT_EQ(XGBoosterPredict(booster, matrix, 1, 0, 0, &size, &values), 0) << XGBGetLastError();
  EXPECT_EQ(size, rows.size() * outputs);
  std::vector<float> out(values, values + size);
  XGDMatrixFree(matrix);
  XGBoosterFree(booster);
  return out;
}

void expect_bits(const Ensemble& model, View weights, const std::vector<std::vector<float>>& rows) {
  const auto expected = oracle(weights, rows, model.groups);
  ASSERT_EQ(expected.size(), rows.size() * model.groups);
  std::size_t different = 0;
  std::vector<float> margins(model.groups);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    predict_margin(model, rows[i], margins);
    for (std::size_t g = 0; g < model.groups; ++g)
      different +=
          std::bit_cast<std::uint32_t>(margins[g]) != std::bit_cast<std::uint32_t>(expected[i * model.groups + g]);
  }
  EXPECT_EQ(different, 0U) << "of " << expected.size() << " margins";
}

// Values at, just under and just over the thresholds, categories in and out of range, and missing ones.
TEST(Xgboost, RandomRowsBitForBit) {
  std::mt19937 random(7);
  for (const auto& entry : fs::directory_iterator(test::vectors() / "model")) {
    if (entry.path().extension() != ".json" && entry.path().extension() != ".ubj") continue;
    SCOPED_TRACE(entry.path().filename());
    const Bytes weights = test::read(entry.path());
    const auto model = load(weights);
    ASSERT_TRUE(model) << describe(model.error());
    if (model->version >= Version{3, 1, 0}) continue;  // libxgboost 3.0 misreads those
    std::vector<float> interesting = {0, -0.0F, 1, 2, 1e30F, -1e30F, 16777215, 1e-40F};
    for (const Tree& tree : model->trees)
      for (const Node& node : tree.nodes)
        if (!node.leaf() && !node.categorical)
          for (const float v : {node.value, std::nextafter(node.value, 1e30F), std::nextafter(node.value, -1e30F)})
            interesting.push_back(v);
    std::vector<std::vector<float>> rows(1000);
    for (auto& row : rows)
      for (std::size_t f = 0; f < model->features; ++f) {
        const auto kind = random() % 8;
        const bool category = !model->feature_types.empty() && model->feature_types[f] == "c";
        if (kind == 0)
          row.push_back(missing);
        else if (category)
          row.push_back(static_cast<float>(random() % 12));
        else
          row.push_back(interesting[random() % interesting.size()]);
      }
    expect_bits(*model, weights, rows);
  }
}
#endif

struct Case {
  const char* model;
  const char* data;
  const char* map;
  std::vector<std::string> columns;  // of the predictions
};

TEST(Xgboost, ModelsOfOthersFrom1_7To3_4) {
  GLOVEBOX_NEEDS(jpmml);
  const std::vector<Case> cases = {{"BinomialClassificationAudit", "Audit.csv", "Audit.fmap", {"probability(1)"}},
                                   {"LogisticRegressionAudit", "Audit.csv", "Audit.fmap", {"_target"}},
                                   {"LogisticRegressionAuditNA", "AuditNA.csv", "AuditNA.fmap", {"_target"}},
                                   {"MultinomialClassificationIris",
                                    "Iris.csv",
                                    "Iris.fmap",
                                    {"probability(0)", "probability(1)", "probability(2)"}},
                                   {"AFTLungNA", "LungNA.csv", "LungNA.fmap", {"_target"}}};
  std::size_t compared = 0;
  std::map<std::string, double> worst;
  for (const char* version : {"1.7.2-R", "1.7.2", "2.0.3", "2.1.0", "3.0.0", "3.1.0", "3.2.0", "3.3.0", "3.4.1"}) {
    const fs::path folder = jpmml / ("xgb-" + std::string(version));
    for (const Case& c : cases) {
      for (const char* extension : {".json", ".ubj"}) {
        const fs::path file = folder / "xgboost" / (c.model + std::string(extension));
        if (!fs::exists(file)) continue;
        SCOPED_TRACE(file);
        const Bytes weights = test::read(file);
        const auto model = load(weights);
        ASSERT_TRUE(model) << describe(model.error());
        const auto rows =
            encode(csv(folder / "csv" / c.data), *model, folder / "csv" / c.map, std::string(version).ends_with("-R"));
        const Table expected = csv(folder / "csv" / (c.model + std::string(".csv")));
        ASSERT_EQ(expected.size(), rows.size() + 1);
        std::vector<float> margins(model->groups);
        std::vector<float> predictions(model->outputs());
        for (std::size_t i = 0; i < rows.size(); ++i) {
          predict_margin(*model, rows[i], margins);
          transform(*model, margins, predictions);
          for (std::size_t k = 0; k < c.columns.size(); ++k) {
            const auto column =
                static_cast<std::size_t>(std::ranges::find(expected.front(), c.columns[k]) - expected.front().begin());
            const std::string& text = expected[i + 1].at(column);
            double wanted = 0;
            std::from_chars(text.data(), text.data() + text.size(), wanted);
            const double scale = std::max(1.0, std::abs(wanted));  // days of survival run into the hundreds
            worst[version] = std::max(worst[version], std::abs(static_cast<double>(predictions[k]) - wanted) / scale);
            ++compared;
          }
        }
#ifdef GLOVEBOX_HAS_XGBOOST
        if (model->version < Version{3, 1, 0}) expect_bits(*model, weights, rows);
#endif
      }
    }
  }
  EXPECT_GT(compared, 50'000U);
  for (const auto& [version, difference] : worst) {
    EXPECT_LE(difference, 1e-6) << version;
    RecordProperty(version, std::to_string(difference * 1e9) + "e-9");
    std::cout << "XGBoost " << version << ": largest difference " << difference << "\n";
  }
}

TEST(Xgboost, TreelitesCategoricalModel) {
  const fs::path folder = test::shared() / "data/xgboost/treelite/xgb_toy_categorical";
  GLOVEBOX_NEEDS(folder);
  const auto model = load(test::read(folder / "xgb_toy_categorical_model.json"));
  ASSERT_TRUE(model) << describe(model.error());
  std::istringstream rows{std::string(text_of(test::read(folder / "xgb_toy_categorical.test")))};
  std::istringstream expected{std::string(text_of(test::read(folder / "xgb_toy_categorical.test.pred")))};
  std::size_t compared = 0;
  for (std::string line, wanted; std::getline(rows, line) && std::getline(expected, wanted);) {
    std::vector<float> row(model->features, missing);  // libsvm: "label index:value ..."
    std::istringstream words(line);
    for (std::string word; words >> word;)
      if (const auto colon = word.find(':'); colon != std::string::npos)
        row.at(std::stoul(word.substr(0, colon))) = number(word.substr(colon + 1));
    float margin = 0;
    predict_margin(*model, row, {&margin, 1});
    EXPECT_NEAR(margin, std::stod(wanted), 1e-5);
    ++compared;
  }
  EXPECT_GT(compared, 10U);
}

TEST(Xgboost, OldBinaryModelsAreRefusedWithWhatToDo) {
  for (const char* file :
       {"data/xgboost/treelite/mushroom/mushroom.model", "data/xgboost/treelite/dermatology/dermatology.model",
        "data/xgboost/jpmml-agpl/legacy/LogisticRegressionAudit.model"}) {
    GLOVEBOX_NEEDS(test::shared() / file);
    const auto model = load(test::read(test::shared() / file));
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().reason, Reject::type_unsupported);
    EXPECT_NE(model.error().hint.find("save_model"), std::string::npos);
  }
}

}  // namespace
}  // namespace glovebox::model
