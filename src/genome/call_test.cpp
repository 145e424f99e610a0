// How one call is read: imputed dosages and probabilities, quality minima.
#include "genome/call.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

const Site alt_counts = site("1", 100, "G", "A");
const Site ref_counts = site("1", 100, "A", "G");

std::string ds(const Site& s, std::string record, Rules rules = {}) {
  rules.kind = InputKind::array_imputed;
  rules.absence = Absence::missing;
  rules.dosage = DosageField::ds;
  return read_first({s}, {std::move(record)}, rules);
}
std::string gp(const Site& s, std::string record, Rules rules = {}) {
  rules.kind = InputKind::array_imputed;
  rules.absence = Absence::missing;
  rules.dosage = DosageField::gp;
  return read_first({s}, {std::move(record)}, rules);
}

TEST(Imputed, GtIsReadUnlessDsIsAskedFor) {
  const Rules rules = {.kind = InputKind::array_imputed, .absence = Absence::missing};
  EXPECT_EQ(read_first({alt_counts}, {"1 100 A G PASS . GT:DS 0/1:1.2"}, rules), "matched 1/2");
  EXPECT_EQ(read_first({alt_counts}, {"1 100 A G PASS . DS 1.2"}, rules), "unsupported");
}

TEST(Imputed, DsWhateverGtSays) {
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS 0/1:1.2"), "matched 1.2/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS ./.:1.2"), "matched 1.2/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS .:1.2"), "matched 1.2/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . DS 1.2"), "matched 1.2/2");
  EXPECT_EQ(ds(ref_counts, "1 100 A G PASS . GT:DS 0/1:1.2"), "matched_swapped 0.8/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS 0/1:1.23457e-01"), "matched 0.123457/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G LowQual . GT:DS 0/1:1.2"), "filtered");
}

TEST(Imputed, DsOfSeveralAlts) {
  EXPECT_EQ(ds(alt_counts, "1 100 A T,G PASS . DS 0.3,1.5"), "matched 1.5/2");
  EXPECT_EQ(ds(ref_counts, "1 100 A T,G PASS . DS 0.3,1.5"), "matched_swapped 0.2/2");
  EXPECT_EQ(ds(ref_counts, "1 100 A T,G PASS . DS 0.5,1.505"), "matched_swapped 0/2") << "rounding, clamped";
  EXPECT_EQ(ds(ref_counts, "1 100 A T,G PASS . DS 0.5,1.6"), "vcf_malformed");
  EXPECT_EQ(ds(alt_counts, "1 100 A T,G PASS . DS 0.5"), "unsupported") << "one number, of which ALT?";
  EXPECT_EQ(ds(alt_counts, "1 100 A T,G PASS . DS 0.5,0.2,0.1"), "vcf_malformed");
}

TEST(Imputed, DsThatIsMissing) {
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS 0/1:."), "missing_call");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS 0/1"), "missing_call") << "left out at the end";
  EXPECT_EQ(ds(alt_counts, "1 100 A T,G PASS . DS 0.3,."), "missing_call");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT 0/1"), "unsupported") << "FORMAT has none: GT is not taken instead";
  EXPECT_EQ(ds(alt_counts, "1 100 A . PASS . GT:DS 0/0:0"), "unsupported") << "of no ALT";
}

TEST(Imputed, DsOutOfRange) {
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . DS 2.01"), "matched 2/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . DS 2.010001"), "vcf_malformed");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . DS -0.01"), "matched 0/2");
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . DS -0.02"), "vcf_malformed");
  for (const char* text : {"nan", "inf", "x", "1.2.3", "0x1", "1,1", "1,", ",", "1e30"})
    EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . DS " + std::string(text)), "vcf_malformed") << text;
  EXPECT_EQ(ds(alt_counts, "1 100 A G PASS . GT:DS:DS 0/1:1:1"), "vcf_malformed") << "twice";
  EXPECT_EQ(ds(site("1", 200, "G", "A"), "1 100 A G PASS . DS 7"), "vcf_malformed")
      << "whether a file is refused does not depend on the model";
}

// Each number may be rounded up; the sum of an allele that is listed twice may not be.
TEST(Imputed, AnAlleleListedTwiceIsNoMoreThanAPersonHas) {
  EXPECT_EQ(ds(alt_counts, "1 100 A G,G PASS . DS 1.005,1.004"), "matched 2/2");
  EXPECT_EQ(gp(alt_counts, "1 100 A G,g PASS . GP 0,0,0.5,0,0.51,0"), "matched 2/2");
  const Rules rules = {.kind = InputKind::array_imputed,
                       .absence = Absence::missing,
                       .dosage = DosageField::ds,
                       .sex = Sex::male,
                       .x_male = MaleX::doubled};
  EXPECT_EQ(read_first({site("X", 5000000, "G", "A")}, {"X 5000000 A G,G PASS . GT:DS 1:0.505,0.504"}, rules),
            "matched 2/2");
}

TEST(Imputed, DsOfAnotherRecordOverTheSite) {
  Rules rules = {.kind = InputKind::array_imputed, .absence = Absence::missing, .dosage = DosageField::ds};
  const auto two = [&](std::string other) {
    return read_first({ref_counts}, {"1 100 A G PASS . DS 0.1", "1 100 A T PASS . DS " + other}, rules);
  };
  EXPECT_EQ(two("0.9"), "ambiguous") << "a multi-allelic site in two records: REF is not 2 - 0.1";
  EXPECT_EQ(two("0.5"), "ambiguous");
  EXPECT_EQ(two("0.49"), "matched_swapped 1.9/2") << "most likely not called";
}

TEST(Imputed, GpCountsWhatItExpects) {
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GT:GP 0/0:0.1,0.6,0.3"), "matched 1.2/2");
  EXPECT_EQ(gp(ref_counts, "1 100 A G PASS . GT:GP 0/0:0.1,0.6,0.3"), "matched_swapped 0.8/2");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0,0,1"), "matched 2/2");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 1,1e-6,0"), "matched 1e-06/2");
  // 00 01 11 02 12 22
  EXPECT_EQ(gp(alt_counts, "1 100 A T,G PASS . GP 0,0,0,0.5,0.25,0.25"), "matched 1.25/2");
  EXPECT_EQ(gp(ref_counts, "1 100 A T,G PASS . GP 0,0,0,0.5,0.25,0.25"), "matched_swapped 0.5/2");
}

TEST(Imputed, GpMustBeProbabilities) {
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0.1,0.6,0.32"), "matched 1.24/2");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0.1,0.6,0.33"), "vcf_malformed");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0.1,0.6,0.28"), "matched 1.16/2");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0.1,0.6,0.27"), "vcf_malformed");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0,30,99"), "vcf_malformed") << "phred";
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP -0.05,-1,-5"), "vcf_malformed") << "log10";
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0.5,0.5,0,0"), "vcf_malformed");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0,0,0"), "missing_call");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GT:GP 0/1:."), "missing_call");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GT:GP 0/1:.,.,."), "missing_call");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GT:DS 0/1:1"), "unsupported");
  EXPECT_EQ(gp(alt_counts, "1 100 A G PASS . GP 0,1"), "unsupported") << "one copy of an autosome";
}

TEST(Imputed, GpAgreesWithDsOnRandomNumbers) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const std::size_t alts = 1 + random() % 3;
    const std::string names = std::string("G,T,C").substr(0, alts * 2 - 1);
    std::vector<int> weight;  // of a thousand
    int left = 1000;
    const std::size_t genotypes = (alts + 1) * (alts + 2) / 2;
    for (std::size_t g = 0; g + 1 < genotypes; ++g) {
      weight.push_back(static_cast<int>(random() % static_cast<unsigned>(left + 1)));
      left -= weight.back();
    }
    weight.push_back(left);
    std::vector<int> copies(alts + 1);
    std::string gp_text, ds_text;
    std::size_t g = 0;
    for (std::size_t high = 0; high <= alts; ++high)
      for (std::size_t low = 0; low <= high; ++low, ++g) {
        copies[high] += weight[g];
        copies[low] += weight[g];
        gp_text += std::format("{}{}.{:03}", g ? "," : "", weight[g] / 1000, weight[g] % 1000);
      }
    for (std::size_t a = 1; a <= alts; ++a)
      ds_text += std::format("{}{}.{:03}", a > 1 ? "," : "", copies[a] / 1000, copies[a] % 1000);
    for (const Site& s : {alt_counts, ref_counts})
      ASSERT_EQ(gp(s, "1 100 A " + names + " PASS . GP " + gp_text),
                ds(s, "1 100 A " + names + " PASS . DS " + ds_text))
          << gp_text << " " << ds_text;
  }
}

TEST(Quality, IsHeldToWhatWasAsked) {
  const auto with = [](std::optional<std::uint32_t> gq, std::optional<std::uint32_t> dp, std::string format,
                       std::string sample) {
    return read_first({alt_counts}, {"1 100 A G PASS . " + format + " " + sample},
                      {.absence = Absence::missing, .min_gq = gq, .min_dp = dp});
  };
  EXPECT_EQ(with({}, {}, "GT", "0/1"), "matched 1/2");
  EXPECT_EQ(with(20, {}, "GT:GQ", "0/1:20"), "matched 1/2");
  EXPECT_EQ(with(20, {}, "GT:GQ", "0/1:19"), "filtered");
  EXPECT_EQ(with(20, {}, "GT:GQ", "0/1:19.99"), "filtered") << "some write decimals";
  EXPECT_EQ(with(20, {}, "GT:GQ", "0/1:20.5"), "matched 1/2");
  EXPECT_EQ(with(20, {}, "GT:GQ", "0/1:."), "filtered");
  EXPECT_EQ(with(20, {}, "GT", "0/1"), "filtered") << "asked for, and not there";
  EXPECT_EQ(with(0, {}, "GT", "0/1"), "matched 1/2");
  EXPECT_EQ(with(20, {}, "GT:RGQ", "0/1:99"), "filtered") << "RGQ is of reference rows";
  EXPECT_EQ(with(20, {}, "GT:GQX", "0/1:20"), "matched 1/2");
  EXPECT_EQ(with(20, {}, "GT:GQX:GQ", "0/1:5:30"), "matched 1/2") << "GQ first";
  EXPECT_EQ(with(20, {}, "GT:GQ", "0/1:x"), "vcf_malformed");
  EXPECT_EQ(with({}, {}, "GT:GQ", "0/1:x"), "vcf_malformed") << "also where nobody asked for it";
  EXPECT_EQ(with(20, {}, "GT:GQ", "./.:0"), "missing_call") << "what is missing is not filtered";
  EXPECT_EQ(with({}, 10, "GT:DP", "0/1:10"), "matched 1/2");
  EXPECT_EQ(with({}, 10, "GT:DP", "0/1:9"), "filtered");
  EXPECT_EQ(with({}, 10, "GT:DP:MIN_DP", "0/1:30:9"), "filtered");
  EXPECT_EQ(with({}, 10, "GT", "0/1"), "filtered");
  EXPECT_EQ(with({}, 0, "GT", "0/1"), "matched 1/2");
  EXPECT_EQ(with(20, 10, "GT:GQ:DP", "0/1:30:9"), "filtered");
  EXPECT_EQ(with(20, 10, "GT:GQ:DP", "0/1:30:10"), "matched 1/2");
}

TEST(Quality, SaysWhereItIsNotGiven) {
  const Rules rules = {.absence = Absence::missing, .min_gq = 20};
  const auto got =
      extract(panel({alt_counts}), vcf({"1 100 A G 0/1"}), {.build = Build::grch37, .rules = rules}).value();
  EXPECT_EQ(got.dosages.count(Hint::quality), 1U);
  const auto low =
      extract(panel({alt_counts}), vcf({"1 100 A G PASS . GT:GQ 0/1:3"}), {.build = Build::grch37, .rules = rules})
          .value();
  EXPECT_EQ(low.dosages.count(Hint::quality), 0U);
}

}  // namespace
}  // namespace glovebox::genome
