// Scores beside ancestry: the PGS Catalog calculator's own numbers for 929 people of the HGDP, from its own test data
// (beside the checkout), and what must be refused.
#include "model/ancestry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "tsv.h"

namespace glovebox::model {
namespace {
// The calculator writes nine significant digits; its inputs have four decimals (PCs) and eight (sums).
constexpr double tolerance = 5e-8;

Ancestry two_components() {
  return {.components = {{"PC1", 1, 2}, {"PC2", -1, 0.5}},
          .offset = 10,
          .mean1 = {0.5, {1, -2}},
          .residual_sd = 4,
          .mean2 = {0.25, {2, 3}},
          .log_variance = {std::log(9.0), {0, 0}}};
}

TEST(Ancestry, IsTheFormulaThatStandsInTheHeader) {
  const Ancestry a = two_components();
  ASSERT_TRUE(a.check());
  const std::array pcs = {5.0, 0.0};  // x = 2, 2
  const auto z = adjust(a, 12, pcs);
  ASSERT_TRUE(z);
  EXPECT_DOUBLE_EQ(z->z_norm1, (12 - 10 - (0.5 + 2 - 4)) / 4);
  EXPECT_DOUBLE_EQ(z->z_norm2, (12 - 10 - (0.25 + 4 + 6)) / 3);
}

TEST(Ancestry, WhatHasNoMeaningIsRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const auto reason = [](auto change) {
    Ancestry a = two_components();
    change(a);
    return test::reason_of(a.check());
  };
  EXPECT_EQ(reason([](Ancestry&) {}), "accepted");
  EXPECT_EQ(reason([](Ancestry& a) { a.components.clear(); }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.components.resize(33); }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.components[1].name = "PC1"; }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.components[1].name = ""; }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.components[1].name = "PC 1"; }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.components[1].name = std::string(65, 'x'); }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.components[0].sd = 0; }), "model_invalid");
  EXPECT_EQ(reason([&](Ancestry& a) { a.components[0].mean = nan; }), "model_invalid");
  EXPECT_EQ(reason([&](Ancestry& a) { a.offset = inf; }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.residual_sd = -1; }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.mean1.coefficients.pop_back(); }), "model_invalid");
  EXPECT_EQ(reason([](Ancestry& a) { a.mean2.coefficients.push_back(1); }), "model_invalid");
  EXPECT_EQ(reason([&](Ancestry& a) { a.log_variance.coefficients[0] = nan; }), "model_invalid");
  EXPECT_EQ(reason([&](Ancestry& a) { a.log_variance.intercept = inf; }), "model_invalid");
}

TEST(Ancestry, ANumberThatOverflowsIsNoScore) {
  Ancestry a = two_components();
  a.log_variance.coefficients[0] = 1000;
  EXPECT_EQ(test::reason_of(adjust(a, 1, std::array{-1e9, 0.0})), "value_out_of_range");  // exp gives 0
  EXPECT_EQ(test::reason_of(adjust(a, 1, std::array{1e308, -1e308})), "value_out_of_range");
  EXPECT_EQ(test::reason_of(adjust(a, std::numeric_limits<double>::quiet_NaN(), std::array{0.0, 0.0})),
            "value_out_of_range");
}

// number_after finds the keys of a JSON text one after the other, and reads the number behind the last.
double number_after(std::string_view json, std::initializer_list<std::string> keys) {
  std::size_t at = 0;
  for (const auto& key : keys) {
    at = json.find("\"" + key + "\":", at);
    EXPECT_NE(at, std::string_view::npos) << key;
    at += key.size() + 3;
  }
  return std::stod(std::string(json.substr(at, 40)));
}

TEST(Ancestry, GivesTheCalculatorsNumbersForThe929PeopleOfTheHgdp) {
  const auto data = test::shared() / "data";
  GLOVEBOX_NEEDS(data / "derived/ancestry_model.json");
  GLOVEBOX_NEEDS(data / "pgs/ancestry/target.pcs");
  const Bytes bytes = test::read(data / "derived/ancestry_model.json");
  const std::string_view json = text_of(bytes);
  Ancestry a{.offset = number_after(json, {"pgs_offset"})};
  a.mean1.intercept = number_after(json, {"Z_norm1", "intercept"});
  a.residual_sd = number_after(json, {"Z_norm1", "resid_std"});
  a.mean2.intercept = number_after(json, {"Z_norm2", "mu_intercept"});
  a.log_variance.intercept = number_after(json, {"Z_norm2", "var_intercept"});
  for (const std::string pc : {"PC1", "PC2", "PC3", "PC4"}) {
    a.components.push_back({pc, number_after(json, {"norm_pcs", pc, "mean"}), number_after(json, {pc, "pc_std"})});
    a.mean1.coefficients.push_back(number_after(json, {"Z_norm1", "coef", pc}));
    a.mean2.coefficients.push_back(number_after(json, {"Z_norm2", "mu_coef", pc}));
    a.log_variance.coefficients.push_back(number_after(json, {"Z_norm2", "var_coef", pc}));
  }
  ASSERT_TRUE(a.check());

  std::map<std::string, std::array<double, 4>> pcs;
  for (const auto& row : test::read_tsv(data / "pgs/ancestry/target.pcs"))
    pcs[row.at("IID")] = {std::stod(row.at("PC1")), std::stod(row.at("PC2")), std::stod(row.at("PC3")),
                          std::stod(row.at("PC4"))};
  std::size_t people = 0;
  for (const auto& row : test::read_tsv(data / "derived/ancestry_expected_hgdp.tsv")) {
    const auto z = adjust(a, std::stod(row.at("SUM")), pcs.at(row.at("IID")));
    ASSERT_TRUE(z);
    EXPECT_NEAR(z->z_norm1, std::stod(row.at("Z_norm1")), tolerance) << row.at("IID");
    EXPECT_NEAR(z->z_norm2, std::stod(row.at("Z_norm2")), tolerance) << row.at("IID");
    ++people;
  }
  EXPECT_EQ(people, 929U);
}

}  // namespace
}  // namespace glovebox::model
