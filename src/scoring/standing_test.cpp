// Where a score stands: the PGS Catalog calculator's Z and percentile in the group that each of 929 people is most like
// (data beside the checkout), and what is told where something was not given.
#include "scoring/standing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tsv.h"

namespace glovebox::scoring {
namespace {
using Given = std::vector<protocol::NamedValue>;

bundle::Manifest compared() {
  bundle::Manifest m;
  m.reference = {.name = "everybody", .quantiles = {0, 1, 2}, .mean = 1, .sd = 0.5};
  m.reference_groups = {{"EUR", {.name = "the west", .quantiles = {}, .mean = 2, .sd = 4}},
                        {"EAS", {.name = "the east", .quantiles = {10, 20}}}};
  m.ancestry = model::Ancestry{.components = {{"PC1", 0, 1}, {"PC2", 0, 1}},
                               .offset = 1,
                               .mean1 = {0, {1, 0}},
                               .residual_sd = 2,
                               .mean2 = {0, {0, 1}},
                               .log_variance = {0, {0, 0}}};
  return m;
}

result::Row placed(const Given& given, double score) {
  const bundle::Manifest m = compared();
  result::Row row;
  EXPECT_TRUE(Standing::create(m, given).value().place(score, row));
  return row;
}

TEST(Standing, IsInTheReferenceThatThePersonChose) {
  EXPECT_EQ(placed({}, 1.5).percentile, 75.0F);
  EXPECT_EQ(placed({}, 1.5).z, 1.0);
  EXPECT_EQ(placed({{"reference_group", "EUR"}}, 4).z, 0.5);
  EXPECT_EQ(placed({{"reference_group", "EUR"}}, 4).percentile, std::nullopt);
  EXPECT_EQ(placed({{"reference_group", "EAS"}}, 12).percentile, 20.0F);
  EXPECT_EQ(placed({{"reference_group", "EAS"}}, 12).z, std::nullopt);
  const bundle::Manifest m = compared();
  EXPECT_EQ(test::reason_of(Standing::create(m, {{"reference_group", "eur"}})), "value_unknown");
  EXPECT_EQ(test::reason_of(Standing::create(m, {{"reference_group", 1.0}})), "value_unknown");
}

TEST(Standing, AZThatIsNoNumberIsRefused) {
  bundle::Manifest m;
  m.reference = bundle::Reference{.name = "nobody", .mean = 0, .sd = 1e-309};
  result::Row row;
  EXPECT_EQ(test::reason_of(Standing::create(m, {}).value().place(0.5, row)), "value_out_of_range");
}

TEST(Standing, BesideAncestryNeedsAllComponents) {
  const bundle::Manifest m = compared();
  const auto all = placed({{"PC1", 3.0}, {"PC2", 5.0}}, 2);
  EXPECT_EQ(all.z_norm1, -1.0);
  EXPECT_EQ(all.z_norm2, -4.0);
  EXPECT_EQ(Standing::create(m, {{"PC1", 3.0}, {"PC2", 5.0}}).value().warning(), std::nullopt);
  EXPECT_EQ(placed({{"PC1", 3.0}}, 2).z_norm1, std::nullopt);
  EXPECT_NE(Standing::create(m, {{"PC1", 3.0}}).value().warning().value().find(": PC2 not given"), std::string::npos);
  EXPECT_EQ(test::reason_of(Standing::create(m, {{"PC1", "three"}})), "value_unknown");
  EXPECT_TRUE(stands_for(m, "PC2"));
  EXPECT_TRUE(stands_for(m, "reference_group"));
  EXPECT_FALSE(stands_for(m, "PC3"));
  EXPECT_FALSE(stands_for({}, "reference_group"));
}

// The calculator ranks a score among all of a group's, of which there are 351 to 681, and so does a manifest that names
// them. One whose quantiles these are differs by less than one person: 100 / 351 of a percent.
TEST(Standing, GivesTheCalculatorsNumbersInTheGroupMostLikeEachOf929People) {
  const auto data = test::shared() / "data";
  GLOVEBOX_NEEDS(data / "derived/ancestry_expected_hgdp.tsv");
  GLOVEBOX_NEEDS(data / "pgs/ancestry/aggregated_scores.txt");
  std::set<std::string> related;
  for (const auto& row : test::read_tsv(data / "pgs/ancestry/ref.king.cutoff.id")) related.insert(row.at("#IID"));
  std::map<std::string, std::string> group_of;
  for (const auto& row : test::read_tsv(data / "pgs/ancestry/ref.psam"))
    if (!related.contains(row.at("#IID"))) group_of[row.at("#IID")] = row.at("SuperPop");
  std::map<std::string, std::vector<double>> scores;
  for (const auto& row : test::read_tsv(data / "pgs/ancestry/aggregated_scores.txt"))
    if (row.at("sampleset") == "reference" && group_of.contains(row.at("IID")))
      scores[group_of.at(row.at("IID"))].push_back(std::stod(row.at("SUM")));
  bundle::Manifest m;
  for (auto& [label, all] : scores) {
    std::ranges::sort(all);
    bundle::Reference reference{.name = label};
    double mean = 0, square = 0;
    for (const double v : all) {
      mean += v / static_cast<double>(all.size());
      reference.scores.push_back(static_cast<float>(v));
    }
    for (const double v : all) square += (v - mean) * (v - mean) / static_cast<double>(all.size());
    reference.mean = mean;
    reference.sd = std::sqrt(square);
    m.reference_groups.push_back({label, reference});
  }
  ASSERT_EQ(m.reference_groups.size(), 5U);
  std::size_t people = 0;
  for (const auto& row : test::read_tsv(data / "derived/ancestry_expected_hgdp.tsv")) {
    result::Row placed;
    const auto standing = Standing::create(m, {{"reference_group", row.at("MostSimilarPop_RF")}});
    ASSERT_TRUE(standing.value().place(std::stod(row.at("SUM")), placed));
    EXPECT_NEAR(placed.z.value(), std::stod(row.at("Z_MostSimilarPop")), 5e-8) << row.at("IID");
    const double want = std::stod(row.at("percentile_MostSimilarPop"));
    EXPECT_NEAR(static_cast<double>(placed.percentile.value()), want, 1e-5) << row.at("IID");
    const auto& listed = standing.value().reference()->scores;
    const auto among = result::percentile_of(static_cast<float>(std::stod(row.at("SUM"))), listed);
    EXPECT_NEAR(static_cast<double>(among.value()), want, 100.0 / 351) << row.at("IID");
    ++people;
  }
  EXPECT_EQ(people, 929U);
}

}  // namespace
}  // namespace glovebox::scoring
