// Strands, callable regions, and the log of the matching.
#include "genome/matcher.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

constexpr auto ref_other = ReferenceAllele::other;
const Site alt_counts = site("1", 100, "G", "A", ref_other);

std::string flip(const Site& s, std::initializer_list<std::string> records, Absence absence = Absence::missing) {
  return read_first({s}, records, {.absence = absence, .flip = true});
}

TEST(Flip, IsMadeOnRequestOnly) {
  EXPECT_EQ(read_first({alt_counts}, {"1 100 T C 0/1"}, {.absence = Absence::missing}), "allele_absent");
  EXPECT_EQ(flip(alt_counts, {"1 100 T C 0/1"}), "matched_flipped 1/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 C T 0/0"}), "matched_flipped 2/2") << "flipped and swapped";
  EXPECT_EQ(flip(alt_counts, {"1 100 t c 1/1"}), "matched_flipped 2/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 T C,G 0/2"}), "matched_flipped 0/2");
  EXPECT_EQ(flip(alt_counts, {"1 98 GGT GGC 0/1"}), "matched_flipped 1/2") << "after trimming";
  EXPECT_EQ(flip(alt_counts, {"1 100 T C ./."}), "missing_call");
}

TEST(Flip, AsWrittenComesFirst) {
  EXPECT_EQ(flip(alt_counts, {"1 100 A G 0/1"}), "matched 1/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 G A 0/1"}), "matched_swapped 1/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 A G,C 0/1"}), "matched 1/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 A C 0/1"}), "allele_absent") << "one allele of each strand";
}

TEST(Flip, PalindromicSitesAreInDoubt) {
  for (const auto& [effect, other] : {std::pair("A", "T"), {"T", "A"}, {"C", "G"}, {"G", "C"}}) {
    const Site s = site("1", 100, effect, other, ref_other);
    const std::string row = "1 100 " + std::string(other) + " " + effect + " 0/1";
    EXPECT_EQ(flip(s, {row}), "ambiguous");
    EXPECT_EQ(read_first({s}, {row}, {.absence = Absence::missing}), "matched 1/2");
    EXPECT_EQ(flip(s, {"1 100 " + std::string(other) + " . 0/0"}), "ambiguous");
    EXPECT_EQ(flip(s, {"1 50 A G 0/1"}, Absence::homref), "ambiguous");
    EXPECT_EQ(flip(s, {"1 50 A G 0/1"}), "absent");
  }
}

TEST(Flip, IsOfSnvsWithBothAlleles) {
  EXPECT_EQ(flip(site("1", 100, "AG", "A", ref_other), {"1 100 T TC 0/1"}), "allele_absent");
  EXPECT_EQ(flip(site("1", 100, "G", ""), {"1 100 T C 0/1"}), "allele_absent");
  EXPECT_EQ(flip(site("1", 100, "AG", "GA"), {"1 100 TC CT 0/1"}), "allele_absent");
}

TEST(Flip, OfReferenceRows) {
  EXPECT_EQ(flip(alt_counts, {"1 100 T . 0/0"}), "matched_flipped 0/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 C . 0/0"}), "matched_flipped 2/2");
  EXPECT_EQ(flip(alt_counts, {"1 100 A . 0/0"}), "matched 0/2");
}

TEST(CallableSites, AreReferenceAndOthersAbsent) {
  auto regions = std::make_shared<Callable>(std::size_t{2});
  regions->set(0);
  const Rules panel_rules = {.kind = InputKind::panel, .absence = Absence::homref};
  const Site second = site("1", 200, "G", "A", ref_other);
  const auto records = {std::string("1 50 A G 0/1")};
  EXPECT_EQ(read_first({alt_counts, second}, records, panel_rules, regions), "homref_assumed 0/2");
  EXPECT_EQ(read_first({second, alt_counts}, records, panel_rules, std::make_shared<Callable>(std::size_t{2})),
            "absent");
  EXPECT_EQ(read_first({alt_counts, second}, records, {.absence = Absence::missing}, regions), "absent");
  EXPECT_EQ(read_first({alt_counts, second}, {"1 100 A G ./."}, panel_rules, regions), "missing_call");
  EXPECT_EQ(read_first({alt_counts, second}, records, panel_rules), "absence_impossible");
  // A panel may have found nothing on a chromosome; in a whole genome that means a file cut short.
  const auto elsewhere = {std::string("2 50 A G 0/1")};
  EXPECT_EQ(read_first({alt_counts, second}, elsewhere, panel_rules, regions), "homref_assumed 0/2");
  EXPECT_EQ(read_first({alt_counts, second}, elsewhere, {.absence = Absence::homref}, regions), "absent");
}

TEST(Matches, AreKeptOnRequest) {
  const auto got = [](std::vector<Site> sites, std::initializer_list<std::string> records, bool flips = false) {
    std::string text = vcf(records);
    for (std::size_t at; (at = text.find("\t.\tA\tG")) != std::string::npos;) text.replace(at, 2, "\trs7");
    return extract(
               panel(std::move(sites)), text,
               {.build = Build::grch37, .rules = {.absence = Absence::missing, .flip = flips, .keep_matches = true}})
        .value()
        .dosages.matches;
  };
  const auto plain = got({alt_counts, site("1", 200, "G", "A")}, {"1 100 A G 0/1"});
  ASSERT_EQ(plain.size(), 2U);
  EXPECT_EQ(plain[0].id, "rs7");
  EXPECT_EQ(plain[0].ref, "A");
  EXPECT_EQ(plain[0].alt, "G");
  EXPECT_FALSE(plain[0].effect_is_ref || plain[0].flipped || plain[0].multiallelic || plain[0].palindromic);
  EXPECT_EQ(plain[1].ref, "") << "no record";
  const auto many = got({site("1", 100, "A", "T")}, {"1 100 A T,G 0/1"});
  EXPECT_EQ(many[0].alt, "T,G");
  EXPECT_TRUE(many[0].effect_is_ref && many[0].multiallelic && many[0].palindromic);
  const auto flipped = got({alt_counts}, {"1 100 C T 0/1"}, true);
  EXPECT_TRUE(flipped[0].flipped && flipped[0].effect_is_ref);
  const auto reference = got({alt_counts}, {"1 100 A . 0/0"});
  EXPECT_EQ(reference[0].alt, ".");
  EXPECT_FALSE(reference[0].effect_is_ref);
  const std::string bases(5000, 'C');
  const auto long_one = got({site("1", 100, "A", "A" + bases)}, {"1 100 A A" + bases + " 0/1"});
  EXPECT_EQ(long_one[0].alt.size(), matched_text_max);
  EXPECT_TRUE(long_one[0].alt.ends_with("CC..."));
  EXPECT_TRUE(extract(panel({alt_counts}), vcf({"1 100 A G 0/1"}))->dosages.matches.empty());
}

}  // namespace
}  // namespace glovebox::genome
