#include "result/result.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "base/cbor.h"
#include "support.h"

namespace glovebox::result {
namespace {

Report example() {
  Report r;
  r.model = "genomic_risk_v1";
  r.version = "1.0.0";
  r.model_digest.fill(7);
  r.output = "probability of the simulated trait";
  r.rows = {{.id = "HG00096", .margins = {-0.0F}, .predictions = {0.25F}, .percentile = 31.5F, .category = 1}};
  r.quality = {.asked = 131,
               .used = 130,
               .coverage = 0.99F,
               .counts = {{"matched", 130, 0.99F}, {"absent", 1, 0.01F}},
               .build = "GRCh37",
               .build_standing = "declared, not checked",
               .input_kind = "wgs-vcf",
               .absence = "homref"};
  r.categories = {{0.2F, "low", "below average"}, {std::nullopt, "usual", "around the average"}};
  r.reference = Reference{"simulated people", {0.0F, 0.5F, 1.0F}};
  r.statements = {"simulated trait", "not a medical device"};
  r.leakage = "size class, time";
  return r;
}

// With all that a score may have.
Report full() {
  Report r = example();
  r.rows[0].sums = Sums{.sum = "-0.5", .denominator = 4, .average = -0.125, .dosage_sum = "1.5"};
  r.rows[0].z = -1.5;
  r.rows[0].z_norm1 = 0.1;
  r.rows[0].z_norm2 = 1e-300;
  r.match_log = "row_nr\toutcome\n0\tmatched\n";
  r.quality.match_log = Digest{1, 2, 3};
  return r;
}

Report table(std::size_t rows) {
  Report r = example();
  std::mt19937 random(5);
  r.rows.clear();
  r.output_names = {"good", "bad", "ugly"};
  for (std::size_t i = 0; i < rows; ++i) {
    Row row{.id = std::to_string(i + 1)};
    for (int k = 0; k < 3; ++k) {
      row.margins.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));  // any bits, NaN included
      row.predictions.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    }
    r.rows.push_back(row);
  }
  return r;
}

// Of people, each with counts of its own.
Report people() {
  Report r = table(3);
  r.quality.asked = 3 * 7;
  r.quality.used = 19;
  r.quality.counts = {{"matched", 19, 0.9F}, {"absent", 2, 0.1F}};
  r.rows[0].quality = RowQuality{.used = 7, .coverage = 1, .numbers = {7, 0}};
  r.rows[1].quality = RowQuality{.used = 5, .coverage = 0.25F, .numbers = {5, 2}};
  r.rows[2].quality = RowQuality{.used = 7, .coverage = 1, .numbers = {7, 0}};
  return r;
}

TEST(Result, CountsOfPeopleAddUp) {
  const Report good = people();
  EXPECT_EQ(std::get<Report>(parse(encode(good)).value()), good);
  EXPECT_EQ(good.rows[1].quality->asked(), 7U);
  const std::vector<std::function<void(Report&)>> bad = {
      [](Report& r) { r.rows[1].quality->numbers[0] = 4; },        // not the sum of all
      [](Report& r) { r.rows[1].quality->used = 4; },              // nor this
      [](Report& r) { r.rows[1].quality->numbers.pop_back(); },    // an outcome short
      [](Report& r) { r.rows[1].quality->numbers.push_back(0); },  // one too many
      [](Report& r) { std::swap(r.rows[1].quality->used, r.quality.used); },
      [](Report& r) { r.rows[1].quality->coverage = 2; },
      [](Report& r) { r.rows.back().quality.reset(); },
      [](Report& r) { r.quality.counts.pop_back(); },
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    Report r = good;
    bad[i](r);
    EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed") << i;
  }
  EXPECT_NE(encode_quality(good), encode_quality(table(3)));  // receipts are over it
}

TEST(Result, SumsAreDecimalNumbers) {
  const auto reason = [](const std::string& sum, const std::string& dosage_sum) {
    Report r = example();
    r.rows[0].sums = Sums{sum, 2, 0.5, dosage_sum};
    return test::reason_of(parse(encode(r)));
  };
  for (const char* good : {"0", "-0.0276", "12", "100000000.000000000000000000000000000001"})
    EXPECT_EQ(reason(good, "1.2"), "accepted") << good;
  for (const char* bad : {"", "-", ".", "1.", ".5", "1e5", "nan", "--1", "+1", "1.2.3", " 1", "1,5"}) {
    EXPECT_EQ(reason(bad, "1"), "malformed") << bad;
    EXPECT_EQ(reason("1", bad), "malformed") << bad;
  }
  Report uneven = table(2);
  uneven.rows[1].sums = Sums{"1", 2, 0.5, "1"};
  EXPECT_EQ(test::reason_of(parse(encode(uneven))), "malformed");
}

TEST(Result, RoundTrips) {
  for (const Report& report : {example(), full(), table(1), table(500), people(), Report{}}) {
    const auto parsed = parse(encode(report));
    ASSERT_TRUE(parsed) << describe(parsed.error());
    EXPECT_EQ(std::get<Report>(*parsed), report);
  }
  Report sums = example();
  sums.rows[0].sums = Sums{"-0.01692", 1840, -0.00000919, "636.5"};
  EXPECT_EQ(std::get<Report>(parse(encode(sums)).value()), sums);
  EXPECT_NE(encode_rows(sums), encode_rows(example()));  // the receipt's commitment is over them too
  const Error error{Reject::build_mismatch, "chr1 of 248956422", "GRCh37: 249250621", "--build GRCh38"};
  const auto refusal = parse(encode(error));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(std::get<Error>(*refusal), error);
}

TEST(Result, EveryShorterPrefixIsTruncated) {
  for (const Outcome& outcome : {Outcome(example()), Outcome(Error{Reject::vcf_malformed, "a", "b", "c"})}) {
    const Bytes bytes = encode(outcome);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      ASSERT_EQ(test::reason_of(parse(View(bytes).first(n))), "truncated") << n;
  }
}

TEST(Result, AChangedByteIsRefusedOrAnotherResult) {
  const Bytes good = encode(example());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const unsigned flip : {1U, 0x80U, 0xffU}) {
      Bytes bytes = good;
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ flip);
      const auto parsed = parse(bytes);
      if (!parsed) {
        ++refused;
        continue;
      }
      EXPECT_EQ(encode(*parsed), bytes) << i;  // one form for one result
    }
  EXPECT_GT(refused, good.size() / 4);
}

TEST(Result, RefusesByName) {
  EXPECT_EQ(test::reason_of(parse(cbor::Writer().document("glovebox result v2", 3).take())), "version_unsupported");
  EXPECT_EQ(test::reason_of(parse(cbor::Writer().document(result_label, 3).tstr("guess").null().take())), "malformed");
  EXPECT_EQ(test::reason_of(parse(cbor::Writer()
                                      .document(result_label, 3)
                                      .tstr("refusal")
                                      .array(4)
                                      .tstr("bad_luck")
                                      .tstr("")
                                      .tstr("")
                                      .tstr("")
                                      .take())),
            "malformed");
  Report r = example();
  r.rows[0].category = 2;  // there are two
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r = example();
  r.quality.coverage = 1.5F;
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r.quality.coverage = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r = example();
  r.quality.used = 132;
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r = table(2);
  r.rows[1].margins.pop_back();
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r = full();
  r.rows[0].z_norm2 = std::numeric_limits<double>::infinity();
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r = full();
  r.match_log.reset();
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  r = full();
  r.quality.match_log.reset();
  EXPECT_EQ(test::reason_of(parse(encode(r))), "malformed");
  Bytes longer = encode(example());
  longer.push_back(0);
  EXPECT_EQ(test::reason_of(parse(longer)), "trailing_bytes");
}

TEST(Result, LongTextsAreCutAtACharacter) {
  Error error{Reject::vcf_malformed, std::string(error_text_max - 1, 'x') + "\u00e9\u00e9", "\xff\xfe", ""};
  const auto parsed = std::get<Error>(parse(encode(error)).value());
  EXPECT_EQ(parsed.found, std::string(error_text_max - 1, 'x'));
  EXPECT_EQ(parsed.expected, "??");
}

TEST(Result, TheCommittedPartsAreThoseEmbedded) {
  const Report r = example();
  const std::string whole(text_of(encode(r)));
  EXPECT_NE(whole.find(text_of(encode_rows(r))), std::string::npos);
  EXPECT_NE(whole.find(text_of(encode_quality(r))), std::string::npos);
}

TEST(Result, RanksAmongScores) {
  const std::vector<float> scores = {1, 2, 2, 3};  // scipy.stats.percentileofscore(scores, value)
  EXPECT_EQ(rank_of(0.5F, scores), 0.0F);
  EXPECT_EQ(rank_of(1, scores), 25.0F);
  EXPECT_EQ(rank_of(1.5F, scores), 25.0F);
  EXPECT_EQ(rank_of(2, scores), 62.5F);
  EXPECT_EQ(rank_of(2.5F, scores), 75.0F);
  EXPECT_EQ(rank_of(3, scores), 100.0F);
  EXPECT_EQ(rank_of(9, scores), 100.0F);
  EXPECT_EQ(rank_of(std::nanf(""), scores), std::nullopt);
  EXPECT_EQ(rank_of(1, {}), std::nullopt);
}

TEST(Result, Percentiles) {
  const std::vector<float> q = {0, 1, 2, 2, 2, 3, 5};
  EXPECT_EQ(percentile_of(-1, q), 0.0F);
  EXPECT_EQ(percentile_of(0, q), 0.0F);
  EXPECT_EQ(percentile_of(5, q), 100.0F);
  EXPECT_EQ(percentile_of(9, q), 100.0F);
  EXPECT_EQ(percentile_of(2, q), 50.0F);
  EXPECT_FLOAT_EQ(*percentile_of(0.5F, q), 100.0F / 12);
  EXPECT_FLOAT_EQ(*percentile_of(4, q), 100.0F * 5.5F / 6);
  EXPECT_EQ(percentile_of(std::nanf(""), q), std::nullopt);
  EXPECT_EQ(percentile_of(1, {}), std::nullopt);
  // Against the slow definition, for distinct values: never falls as the value grows, and exact at each quantile.
  std::mt19937 random(3);
  std::vector<float> distinct;
  for (int i = 0; i < 101; ++i) distinct.push_back(static_cast<float>(i) + 0.25F * static_cast<float>(random() % 3));
  float last = 0;
  for (float v = -2; v < 105; v += 0.125F) {
    const float p = *percentile_of(v, distinct);
    EXPECT_GE(p, last);
    last = p;
  }
  for (std::size_t i = 0; i < distinct.size(); ++i)
    EXPECT_FLOAT_EQ(*percentile_of(distinct[i], distinct), static_cast<float>(i));
}

TEST(Result, Categories) {
  const std::vector<Category> c = {{0.2F, "low", ""}, {0.8F, "usual", ""}, {std::nullopt, "high", ""}};
  EXPECT_EQ(category_of(0.1F, c), 0U);
  EXPECT_EQ(category_of(0.2F, c), 1U);
  EXPECT_EQ(category_of(0.8F, c), 2U);
  EXPECT_EQ(category_of(std::nanf(""), c), std::nullopt);
  EXPECT_EQ(category_of(1, {}), std::nullopt);
}

}  // namespace
}  // namespace glovebox::result
