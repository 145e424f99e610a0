// Reference blocks of a gVCF.
#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

constexpr auto ref_other = ReferenceAllele::other;
constexpr auto ref_effect = ReferenceAllele::effect;

std::string gvcf(const Site& s, std::initializer_list<std::string> records, Rules rules = {}) {
  rules.kind = InputKind::gvcf;
  if (rules.absence == Absence::undeclared) rules.absence = Absence::missing;
  return read_first({s}, records, rules);
}
Site alt_at(std::uint64_t at) {
  return site("1", at, "G", "A", ref_other);
}
Site ref_at(std::uint64_t at) {
  return site("1", at, "A", "G", ref_effect);
}

TEST(Blocks, AreReferenceFromTheFirstPositionToTheLast) {
  for (const char* row : {"1 90 A <NON_REF> . END=110 GT:GQ 0/0:30", "1 90 A <*> . END=110 GT:GQ 0/0:30",
                          "1 90 A <X> . END=110 GT:GQ 0|0:30", "1 90 A . . END=110 GT:GQ 0/0:30",
                          "1 90 A <*> . . GT:GQ:LEN 0/0:30:21", "1 90 A <*> . END=95 GT:GQ:LEN 0/0:30:21"}) {
    for (const std::uint64_t at : {90UL, 91UL, 100UL, 110UL}) {
      EXPECT_EQ(gvcf(alt_at(at), {row}), "homref_from_block 0/2") << row << " " << at;
      EXPECT_EQ(gvcf(ref_at(at), {row}), "homref_from_block 2/2") << row << " " << at;
    }
    for (const std::uint64_t at : {89UL, 111UL}) EXPECT_EQ(gvcf(alt_at(at), {row}), "absent") << row << " " << at;
  }
  EXPECT_EQ(gvcf(site("1", 100, "ATG", "A", ref_effect), {"1 90 A <*> . END=101 GT:GQ 0/0:30"}),
            "homref_from_block 2/2")
      << "a deletion would be called at its first base";
}

TEST(Blocks, NeedToKnowTheReference) {
  const char* row = "1 90 A <NON_REF> . END=110 GT:GQ 0/0:30";
  EXPECT_EQ(gvcf(site("1", 100, "G", "A"), {row}), "unsupported");
  EXPECT_EQ(gvcf(site("1", 90, "G", "A"), {row}), "homref_from_block 0/2") << "its own base shows it";
  EXPECT_EQ(gvcf(site("1", 90, "A", "G"), {row}), "homref_from_block 2/2");
  EXPECT_EQ(gvcf(site("1", 90, "C", "T"), {row}), "allele_absent") << "neither allele is the reference's";
  EXPECT_EQ(gvcf(site("1", 90, "C", "T", ref_other), {row}), "allele_absent");
  EXPECT_EQ(gvcf(site("1", 90, "AT", "A"), {row}), "unsupported") << "one base says nothing of an indel";
  EXPECT_EQ(gvcf(site("1", 90, "AT", "A", ref_other), {row}), "homref_from_block 0/2");
  EXPECT_EQ(gvcf(site("1", 90, "A", ""), {row}), "homref_from_block 2/2");
  EXPECT_EQ(gvcf(alt_at(90), {"1 90 N <NON_REF> . END=110 GT:GQ 0/0:30"}), "homref_from_block 0/2")
      << "N shows nothing";
  EXPECT_EQ(gvcf(site("1", 90, "G", "A"), {"1 90 N <NON_REF> . END=110 GT:GQ 0/0:30"}), "unsupported");
}

TEST(Blocks, MustBeGoodEnough) {
  const auto at100 = [](std::string format, std::string sample, Rules rules = {}, std::string filter = ".") {
    return gvcf(alt_at(100), {"1 90 A <NON_REF> " + filter + " END=110 " + format + " " + sample}, rules);
  };
  EXPECT_EQ(at100("GT:GQ", "0/0:20"), "homref_from_block 0/2");
  EXPECT_EQ(at100("GT:GQ", "0/0:19"), "filtered") << "20 is asked of gVCFs without a word";
  EXPECT_EQ(at100("GT", "0/0"), "filtered");
  EXPECT_EQ(at100("GT", "0/0", {.min_gq = 0}), "homref_from_block 0/2");
  EXPECT_EQ(at100("GT:GQ", "0/0:19", {.min_gq = 10}), "homref_from_block 0/2");
  EXPECT_EQ(at100("GT:GQ", "0/0:30", {.min_gq = 31}), "filtered");
  EXPECT_EQ(at100("GT:GQ:DP:MIN_DP", "0/0:30:12:8", {.min_dp = 10}), "filtered") << "the fewest reads count";
  EXPECT_EQ(at100("GT:GQ:DP:MIN_DP", "0/0:30:12:8", {.min_dp = 8}), "homref_from_block 0/2");
  EXPECT_EQ(at100("GT:GQ:DP", "0/0:30:12", {.min_dp = 13}), "filtered");
  EXPECT_EQ(at100("GT:GQ", "0/0:99", {}, "LowGQX"), "filtered");
  EXPECT_EQ(at100("GT:GQ", "./.:0"), "missing_call");
  EXPECT_EQ(at100("GT:GQ", ".:."), "missing_call");
  EXPECT_EQ(at100("GT:GQ", "0/.:40"), "half_call");
  EXPECT_EQ(at100("GT:GQ", "0:40"), "unsupported") << "one copy of an autosome";
  EXPECT_EQ(at100("GT:GQ", "0/0/0:40"), "unsupported");
  EXPECT_EQ(at100("GQ", "40"), "unsupported") << "no GT";
  EXPECT_EQ(at100("GT:GQ", "0/1:40"), "ambiguous") << "an allele that is not named";
  // GATK writes RGQ beside ALT ".", and rows of one base.
  EXPECT_EQ(gvcf(alt_at(90), {"1 90 A . . . GT:RGQ 0/0:20"}), "matched 0/2");
  EXPECT_EQ(gvcf(alt_at(90), {"1 90 A . . . GT:RGQ 0/0:19"}), "filtered");
  EXPECT_EQ(gvcf(alt_at(95), {"1 90 A . PASS END=99 GT:GQX 0/0:30"}), "homref_from_block 0/2") << "Illumina's";
}

TEST(Blocks, AllOverASiteMustSayTheSame) {
  const std::string good = "1 90 A <*> . END=110 GT:GQ 0/0:30";
  EXPECT_EQ(gvcf(alt_at(100), {good, good}), "homref_from_block 0/2");
  EXPECT_EQ(gvcf(alt_at(100), {good, "1 95 A <*> . END=105 GT:GQ 0/0:3"}), "filtered");
  EXPECT_EQ(gvcf(alt_at(100), {"1 80 A <*> . END=105 GT:GQ 0/0:3", good}), "filtered");
  EXPECT_EQ(gvcf(alt_at(100), {good, "1 95 A <*> . END=99 GT:GQ 0/0:3"}), "homref_from_block 0/2");
  EXPECT_EQ(gvcf(alt_at(100), {good, "1 95 A <*> . END=105 GT:GQ ./.:0"}), "missing_call");
  EXPECT_EQ(gvcf(alt_at(100), {good, "1 99 A <*> . END=100 GT:GQ 0/1:30"}), "ambiguous");
}

TEST(Blocks, ASitesOwnRecordWins) {
  const std::string block = "1 90 A <NON_REF> . END=110 GT:GQ 0/0:30";
  EXPECT_EQ(gvcf(alt_at(100), {block, "1 100 A G,<NON_REF> . . GT:GQ 0/1:50"}), "matched 1/2");
  EXPECT_EQ(gvcf(alt_at(100), {block, "1 100 A G . . GT:GQ 0/1:5"}), "filtered") << "the minimum is of all records";
  EXPECT_EQ(gvcf(alt_at(100), {block, "1 100 A G . . GT 0/1"}, {.min_gq = 0}), "matched 1/2");
  EXPECT_EQ(gvcf(alt_at(100), {block, "1 100 A G,<NON_REF> . . GT:GQ ./.:0"}), "missing_call");
  EXPECT_EQ(gvcf(alt_at(100), {"1 100 A G,<NON_REF> . . GT:GQ 0/2:50"}), "ambiguous")
      << "an allele that is not named is never counted";
  EXPECT_EQ(gvcf(ref_at(100), {"1 100 A G,<NON_REF> . . GT:GQ 0/2:50"}), "ambiguous");
  // Another record's deletion takes away what a block counts; one of other bases does not.
  EXPECT_EQ(gvcf(ref_at(100), {block, "1 98 CTA C,<*> . . GT:GQ 0/1:50"}), "ambiguous");
  EXPECT_EQ(gvcf(alt_at(100), {block, "1 98 CTA C,<*> . . GT:GQ 0/1:50"}), "homref_from_block 0/2");
  EXPECT_EQ(gvcf(ref_at(100), {block, "1 98 CT C,<*> . . GT:GQ 0/1:50"}), "homref_from_block 2/2");
}

TEST(Blocks, ARowThatCallsReferenceAlone) {
  // Beside <NON_REF>, 0/0 says that no other allele is there, whatever it lists.
  EXPECT_EQ(gvcf(alt_at(100), {"1 100 A T,<NON_REF> . . GT:GQ 0/0:50"}), "homref_from_block 0/2");
  EXPECT_EQ(gvcf(ref_at(100), {"1 100 A T,<NON_REF> . . GT:GQ 0/0:50"}), "homref_from_block 2/2");
  EXPECT_EQ(gvcf(alt_at(100), {"1 100 A T,<NON_REF> . . GT:GQ 0/0:10"}), "allele_absent");
  EXPECT_EQ(gvcf(alt_at(100), {"1 100 A T,<NON_REF> . . GT:GQ 0/1:50"}), "allele_absent");
  EXPECT_EQ(gvcf(alt_at(100), {"1 100 A T . . GT:GQ 0/0:50"}), "allele_absent");
  EXPECT_EQ(gvcf(alt_at(101), {"1 100 AA A,<NON_REF> . END=120 GT:GQ 0/0:50"}), "absent") << "of its first base only";
}

TEST(Blocks, OnX) {
  const Site on_x = site("X", 5'000'000, "A", "G", ref_effect);
  const auto at = [&](std::string gt, Sex sex, MaleX male) {
    return gvcf(on_x, {"X 4999000 C <NON_REF> . END=5001000 GT:GQ " + gt + ":30"}, {.sex = sex, .x_male = male});
  };
  EXPECT_EQ(at("0/0", Sex::unknown, MaleX::undeclared), "homref_from_block 2/2") << "the call says how many";
  EXPECT_EQ(at("0", Sex::unknown, MaleX::single), "homref_from_block 1/1");
  EXPECT_EQ(at("0", Sex::unknown, MaleX::undeclared), "unsupported");
  EXPECT_EQ(at("0", Sex::male, MaleX::doubled), "homref_from_block 2/2");
  EXPECT_EQ(at("0/0", Sex::male, MaleX::single), "homref_from_block 1/1");
  EXPECT_EQ(at("0", Sex::female, MaleX::single), "unsupported");
  EXPECT_EQ(gvcf(on_x, {"X 4999000 C <*> . END=5001000 GT:GQ 0:30", "X 4999001 C <*> . END=5001000 GT:GQ 0/0:30"},
                 {.x_male = MaleX::single}),
            "ambiguous");
}

TEST(Blocks, AreNotReadFromOtherKinds) {
  for (const InputKind kind : {InputKind::wgs_vcf, InputKind::array_imputed, InputKind::panel})
    for (const char* row : {"1 90 A <NON_REF> . END=110 GT:GQ 0/0:30", "1 90 A . . END=110 GT:GQ ./.:0"}) {
      const auto got = extract(panel({alt_at(100)}), vcf({row}),
                               {.build = Build::grch37, .rules = {.kind = kind, .absence = Absence::missing}})
                           .value();
      EXPECT_EQ(got.dosages.outcome[0], Outcome::unsupported) << row;
      EXPECT_EQ(got.dosages.count(Hint::input_kind), 1U);
    }
}

TEST(Blocks, AReferenceThatTheModelDoesNotNameIsSaidToBeWhy) {
  const Site unnamed = site("1", 100, "G", "A");
  for (const InputKind kind : {InputKind::gvcf, InputKind::wgs_vcf}) {
    const std::string row = kind == InputKind::gvcf ? "1 90 A <NON_REF> . END=110 GT:GQ 0/0:30" : "1 90 A T 0/1";
    const auto got = extract(panel({unnamed}), vcf({row}),
                             {.build = Build::grch37, .rules = {.kind = kind, .absence = Absence::homref}})
                         .value();
    EXPECT_EQ(got.dosages.outcome[0], Outcome::unsupported) << row;
    EXPECT_EQ(got.dosages.count(Hint::reference), 1U) << row;
  }
}

TEST(Blocks, CountAsFoundWhereTheyShowTheBase) {
  const auto got = extract(panel({alt_at(90), alt_at(100), site("1", 91, "C", "T")}),
                           vcf({"1 90 A <*> . END=90 GT:GQ 0/0:30", "1 91 A <*> . END=110 GT:GQ 0/0:30"}),
                           {.build = Build::grch37, .rules = {.kind = InputKind::gvcf, .absence = Absence::missing}})
                       .value();
  EXPECT_EQ(got.dosages.found, 2U);
  EXPECT_EQ(got.dosages.found_with_alleles, 1U);
}

TEST(Blocks, ManyOverManySitesCostOneStepEach) {
  std::vector<Site> sites;
  for (std::uint64_t at = 1; at <= 100'000; ++at) sites.push_back(alt_at(at * 10));
  std::string text = head37 + columns;
  for (int i = 0; i < 50'000; ++i)  // 5 * 10^9 steps, were each block to visit each site
    text += tabs("1 " + std::to_string(i + 1) + " . A <*> . . END=200000000 GT:GQ 0/0:" + (i % 2 ? "3" : "30") + "\n");
  const auto got = extract(panel(sites), text,
                           {.build = Build::grch37, .rules = {.kind = InputKind::gvcf, .absence = Absence::missing}})
                       .value();
  EXPECT_EQ(got.dosages.count(Outcome::filtered), sites.size());
}

// Rows of reference positions, written one by one or joined to blocks of any size, with a real call now and then.
TEST(Blocks, SayTheSameAsTheRowsThatTheyJoin) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    struct Position {
      std::string gt;
      int gq;
      bool variant;
    };
    std::vector<Position> positions;
    std::vector<Site> sites;
    for (std::uint64_t at = 1; at <= 60; ++at) {
      if (!positions.empty() && random() % 3) {
        positions.push_back(positions.back());
        positions.back().variant = false;
        if (positions.back().gt.contains('1')) positions.back().gt = "0/0";
      } else {
        const std::array<std::string, 5> gts = {"0/0", "0/0", "./.", "0/1", "1/1"};
        const std::string gt = gts[random() % gts.size()];
        positions.push_back({gt, random() % 4 == 0 ? 10 : 40, gt.contains('1')});
      }
      sites.push_back(random() % 2 ? alt_at(at) : ref_at(at));
    }
    std::string rows = head37 + columns, blocks = rows;
    for (std::size_t i = 0; i < positions.size();) {
      const Position& p = positions[i];
      const std::string sample = " GT:GQ " + p.gt + ":" + std::to_string(p.gq) + "\n";
      std::size_t end = i + 1;
      if (!p.variant)
        while (end < positions.size() && !positions[end].variant && positions[end].gt == p.gt &&
               positions[end].gq == p.gq && random() % 8)
          ++end;
      const std::string alt = p.variant ? "G,<NON_REF>" : "<NON_REF>";
      blocks += tabs("1 " + std::to_string(i + 1) + " . A " + alt + " . . END=" + std::to_string(end) + sample);
      for (; i < end; ++i)
        rows += tabs("1 " + std::to_string(i + 1) + " . A " + (p.variant ? "G" : ".") + " . . ." + sample);
    }
    const Panel wanted = panel(sites);
    const Options options = {.build = Build::grch37, .rules = {.kind = InputKind::gvcf, .absence = Absence::missing}};
    const auto one_by_one = extract(wanted, rows, options).value().dosages;
    const auto joined = extract(wanted, blocks, options).value().dosages;
    ASSERT_EQ(one_by_one.dosage, joined.dosage) << seed;
    for (std::size_t i = 0; i < sites.size(); ++i)
      ASSERT_TRUE(one_by_one.outcome[i] == joined.outcome[i] || joined.outcome[i] == Outcome::homref_from_block);
  }
}

}  // namespace
}  // namespace glovebox::genome
