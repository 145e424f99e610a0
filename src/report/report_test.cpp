#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "report/html.h"
#include "report/picture.h"

namespace glovebox::report {
namespace {

result::Report sample() {
  result::Report report{.model = "m", .version = "1", .output = "a probability", .leakage = "size"};
  report.rows.push_back({.id = "<script>alert(1)</script>",
                         .margins = {0.25F},
                         .predictions = {0.5F},
                         .percentile = 31.0F,
                         .category = 0U});
  report.categories.push_back({.below = 0.7F, .name = "usual", .words = "as most"});
  report.categories.push_back({.below = {}, .name = "high", .words = "more than most"});
  report.reference = result::Reference{.name = "1,000 simulated people", .quantiles = {0, 0.25F, 0.5F, 0.75F, 1}};
  report.quality = {.asked = 4, .used = 3, .coverage = 0.75F, .counts = {{"matched", 3, 0.75F}, {"absent", 1, 0.25F}}};
  return report;
}

TEST(Density, IsAShareOfTheWholeWhateverTheQuantiles) {
  for (const std::vector<float>& q :
       {std::vector<float>{0, 1}, {0, 0, 0, 1}, {-5, -4.9F, 3, 3, 9}, {0, 0.1F, 0.2F, 100}}) {
    const auto bins = density(q, 17);
    ASSERT_EQ(bins.size(), 17U);
    EXPECT_NEAR(std::accumulate(bins.begin(), bins.end(), 0.0F), 1.0F, 1e-4F);
  }
  EXPECT_TRUE(density(std::vector<float>{1}, 5).empty());
  EXPECT_TRUE(density(std::vector<float>{1, 1}, 5).empty());
}

TEST(Picture, MarksThePlace) {
  const auto picture = terminal_picture(*sample().reference, 1.0F, 10);
  EXPECT_EQ(picture.substr(picture.find('\n') + 1), std::string(9, ' ') + "▲");
  EXPECT_TRUE(terminal_picture(*sample().reference, std::numeric_limits<float>::quiet_NaN(), 10).empty());
  EXPECT_NE(svg_picture(sample(), 0.5F).find("<svg"), std::string::npos);
}

TEST(Numbers, AreExactWhereTheyMustBe) {
  EXPECT_EQ(exact_number(0.1F), "0.1");
  for (const float v : {0.1F, 1e-30F, 16777217.0F, -3.4e38F}) EXPECT_EQ(std::stof(exact_number(v)), v);
  EXPECT_EQ(ordinal(1), "1st");
  EXPECT_EQ(ordinal(12), "12th");
  EXPECT_EQ(ordinal(22.4F), "22nd");
  EXPECT_EQ(ordinal(93), "93rd");
}

TEST(Text, TellsSumsAndStandingAsFarAsThereAreAny) {
  result::Report report = sample();
  EXPECT_EQ(to_text(report, report.rows[0]).find("SUM"), std::string::npos);
  EXPECT_EQ(to_text(report, report.rows[0]).find("Z_norm"), std::string::npos);
  EXPECT_NE(tsv_row(report, report.rows[0]).find("\t.\t.\t.\t31\t.\t.\t.\tusual"), std::string::npos);
  result::Row& row = report.rows[0];
  row.sums = result::Sums{.sum = "1.000000000000000000000001", .denominator = 6, .average = 0.1, .dosage_sum = "4"};
  row.z = -0.5;
  row.z_norm1 = 0.1;
  row.z_norm2 = 1.0 / 3;
  const std::string text = to_text(report, row);
  for (const std::string_view words : {"SUM         1.000000000000000000000001", "DENOM       6", "AVG         0.1",
                                       "Z           -0.5", "1,000 simulated people", "Z_norm2     0.3333"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
  EXPECT_NE(tsv_header(report).find("\tSUM\tDENOM\tAVG\tpercentile\tZ\tZ_norm1\tZ_norm2\tcategory"), std::string::npos);
  EXPECT_NE(tsv_row(report, row).find("\t1.000000000000000000000001\t6\t0.1\t31\t-0.5\t0.1\t0.3333333333333333\t"),
            std::string::npos);
  const std::string page = to_html({{.report = report, .proof = {}}}, "now");
  EXPECT_NE(page.find("1.000000000000000000000001"), std::string::npos);
  EXPECT_NE(page.find("Z_norm2"), std::string::npos);
}

TEST(People, HaveTheirOwnCounts) {
  result::Report report = sample();
  report.quality = {.asked = 8, .used = 5, .coverage = 0.6F, .counts = {{"matched", 5, 0.6F}, {"absent", 3, 0.4F}}};
  report.quality.input_kind = "wgs-vcf";
  report.rows.push_back(report.rows.front());
  report.rows[0].quality = result::RowQuality{.used = 4, .coverage = 1, .numbers = {4, 0}};
  report.rows[1].quality = result::RowQuality{.used = 1, .coverage = 0.25F, .numbers = {1, 3}};
  report.rows[1].id = "<b>=1+2</b>\t";
  report.rows[1].category.reset();
  report.no_category = "1 of 2 rows have less";
  EXPECT_NE(tsv_row(report, report.rows[0]).find("\tusual\t4\t4\tm\t"), std::string::npos);
  const std::string second = tsv_row(report, report.rows[1]);
  EXPECT_TRUE(second.starts_with("<b>=1+2</b>?\t")) << second;
  EXPECT_NE(second.find("\t.\t1\t4\tm\t"), std::string::npos) << second;
  const std::string page = to_html({{.report = report, .proof = {}}}, "now");
  EXPECT_EQ(page.find("<b>="), std::string::npos);
  EXPECT_NE(page.find("4 of 4 features, 100 % by weight"), std::string::npos);
  EXPECT_NE(page.find("1 of 4 features, 25 % by weight"), std::string::npos);
  const auto why = page.find("No category: ");
  EXPECT_NE(why, std::string::npos);
  EXPECT_EQ(page.find("No category: ", why + 1), std::string::npos);
}

TEST(Html, EscapesWhatAFileSupplied) {
  const std::string page =
      to_html({{.report = sample(), .proof = {.development = true, .lines = {{"enclave", "a & b"}}}}}, "now");
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("a &amp; b"), std::string::npos);
  EXPECT_NE(page.find(development_notice), std::string::npos);
}

TEST(Text, SaysWhatAPersonNeeds) {
  const auto text = to_text(sample(), sample().rows.front()) +
                    proof_text(sample(), {.development = true, .lines = {{"receipt", "verified"}}});
  for (const char* word : {"31st of 1,000 simulated people", "usual: as most", "3 of 4 features used", "leakage",
                           "receipt", "DEVELOPMENT ENCLAVE"})
    EXPECT_NE(text.find(word), std::string::npos) << word;
}

TEST(Table, IsOneLineARow) {
  auto report = sample();
  report.rows.front().id = "a\tb\nc";
  EXPECT_EQ(tsv_row(report, report.rows.front()), "a?b?c\t0.5\t0.25\t.\t.\t.\t31\t.\t.\t.\tusual\t3\t4\tm\t1\n");
}

}  // namespace
}  // namespace glovebox::report
