#include "genome/dosage.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

struct Answer {
  Outcome outcome;
  double dosage;
  bool operator==(const Answer&) const = default;
};
void PrintTo(const Answer& a, std::ostream* out) {
  *out << name(a.outcome) << " " << a.dosage;
}

// ask gives the outcome of the first site.
Answer ask(std::vector<Site> sites, std::initializer_list<std::string> records, Absence absence = Absence::missing) {
  const auto got =
      extract(panel(std::move(sites)), vcf(records), {.build = Build::grch37, .rules = {.absence = absence}});
  if (!got) {
    ADD_FAILURE() << describe(got.error());
    return {Outcome::unsupported, -99};
  }
  return {got->dosages.outcome[0], copies(got->dosages)[0]};
}
Answer ask(Site s, std::initializer_list<std::string> records, Absence absence = Absence::missing) {
  return ask(std::vector{std::move(s)}, records, absence);
}
constexpr auto ref_effect = ReferenceAllele::effect;
constexpr auto ref_other = ReferenceAllele::other;

const Site alt_counts = site("1", 100, "G", "A");
const Site ref_counts = site("1", 100, "A", "G");

TEST(Dosage, CountsTheEffectAllele) {
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 0/0"}), (Answer{Outcome::matched, 0}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 0|1"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 1/1"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G 0/0"}), (Answer{Outcome::matched_swapped, 2}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G 1|0"}), (Answer{Outcome::matched_swapped, 1}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G 1/1"}), (Answer{Outcome::matched_swapped, 0}));
  EXPECT_EQ(ask(alt_counts, {"chr1 100 a g 0/1"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G /0|1"}), (Answer{Outcome::matched, 1}));
}

TEST(Dosage, CountsInTheUnsplitRecord) {
  EXPECT_EQ(ask(alt_counts, {"1 100 A G,T 1/2"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G,T 1/2"}), (Answer{Outcome::matched_swapped, 0}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A T,G 0/1"}), (Answer{Outcome::matched_swapped, 1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A T,G 2/2"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G,* 1/2"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G,* 1/2"}), (Answer{Outcome::matched_swapped, 0}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G,<NON_REF> 0/1"}), (Answer{Outcome::matched, 1}));
}

TEST(Dosage, MissingIsNeverReference) {
  EXPECT_EQ(ask(alt_counts, {"1 100 A G ./."}), (Answer{Outcome::missing_call, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G ."}), (Answer{Outcome::missing_call, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 0/."}), (Answer{Outcome::half_call, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G ./1"}), (Answer{Outcome::half_call, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G LowQual . GT 1/1"}), (Answer{Outcome::filtered, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G PASS;LowQual . GT 1/1"}), (Answer{Outcome::filtered, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G . . GT 1/1"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G PASS . GT:FT 1/1:VQLOW"}), (Answer{Outcome::filtered, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G PASS . GT:FT 1/1:PASS"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G PASS . GT:FT 1/1"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(alt_counts, {"1 101 A G 1/1"}), (Answer{Outcome::absent, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A T 0/0"}), (Answer{Outcome::allele_absent, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 T C 0/1"}), (Answer{Outcome::allele_absent, -1})) << "a strand flip is not made";
  EXPECT_EQ(ask(alt_counts, {"1 100 A * 0/1"}), (Answer{Outcome::allele_absent, -1}));
}

TEST(Dosage, PalindromicSitesCountAsWritten) {
  EXPECT_EQ(ask(site("1", 100, "T", "A"), {"1 100 A T 0/1"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(site("1", 100, "T", "A"), {"1 100 T A 0/0"}), (Answer{Outcome::matched_swapped, 2}));
}

TEST(Dosage, UnsupportedByName) {
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 1"}), (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 0/1/1"}), (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G PASS . DS 1.2"}), (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G PASS . LAA:LGT 1:0/1"}), (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(site("Y", 5000000, "G", "A"), {"Y 5000000 A G 0/1"}), (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(site("Y", 5000000, "G", "A", ref_other), {"Y 100 A G 0/1"}, Absence::homref),
            (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(site("MT", 100, "G", "A"), {"MT 100 A G 1"}), (Answer{Outcome::unsupported, -1}));
  // A block covers a site at its start, inside and at its end; one past the end is absent.
  for (const std::uint64_t at : {90UL, 100UL, 110UL})
    EXPECT_EQ(ask(site("1", at, "G", "A", ref_other), {"1 90 A <NON_REF> . END=110 GT 0/0"}, Absence::homref),
              (Answer{Outcome::unsupported, -1}))
        << at;
  EXPECT_EQ(ask(site("1", 111, "G", "A", ref_other), {"1 90 A <NON_REF> . END=110 GT 0/0"}, Absence::homref),
            (Answer{Outcome::homref_assumed, 0}));
  EXPECT_EQ(ask(site("1", 110, "G", "A", ref_other), {"1 90 A <*> . . GT:LEN 0/0:21"}, Absence::homref),
            (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(site("1", 111, "G", "A", ref_other), {"1 90 A <*> . . GT:LEN 0/0:21"}, Absence::homref),
            (Answer{Outcome::homref_assumed, 0}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 90 A <DEL> PASS SVTYPE=DEL;END=110 GT 0/1"}, Absence::homref),
            (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 90 A <DEL> PASS SVLEN=-20 GT 0/1"}, Absence::homref),
            (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 90 A <DEL> PASS SVTYPE=DEL;END=110 GT 0/0"}, Absence::homref),
            (Answer{Outcome::homref_assumed, 0}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 90 A <CGA_NOCALL> . END=110 GT ./."}, Absence::homref),
            (Answer{Outcome::missing_call, -1}));
}

TEST(Dosage, OverlappingBlocksAreAllNoted) {
  std::vector<Site> sites;
  for (std::uint64_t at = 90; at < 130; ++at) sites.push_back(site("1", at, "G", "A", ref_other));
  const auto got = extract(panel(sites),
                           vcf({"1 90 A <*> . END=120 GT 0/0", "1 95 A <*> . END=99 GT 0/0",
                                "1 119 A <*> . END=125 GT 0/0", "2 100 A <*> . END=105 GT 0/0"}),
                           {.build = Build::grch37, .rules = {.absence = Absence::homref}})
                       .value();
  for (std::size_t i = 0; i < sites.size(); ++i)
    EXPECT_EQ(got.dosages.outcome[i], sites[i].position <= 125 ? Outcome::unsupported : Outcome::homref_assumed) << i;
}

TEST(Dosage, ReferenceRows) {
  EXPECT_EQ(ask(ref_counts, {"1 100 A . 0/0"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A . 0/0"}), (Answer{Outcome::matched, 0}));
  EXPECT_EQ(ask(alt_counts, {"1 100 T . 0/0"}), (Answer{Outcome::allele_absent, -1}))
      << "the reference is neither allele";
  EXPECT_EQ(ask(ref_counts, {"1 100 A . 0/1"}), (Answer{Outcome::ambiguous, -1})) << "an allele that is not named";
  EXPECT_EQ(ask(alt_counts, {"1 100 A . ./."}), (Answer{Outcome::missing_call, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A . LowQual . GT 0/0"}), (Answer{Outcome::filtered, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A . 0"}), (Answer{Outcome::unsupported, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 98 CCAC . 0/0"}), (Answer{Outcome::matched, 0}))
      << "a row of several bases reaches the site";
  EXPECT_EQ(ask(alt_counts, {"1 98 CCAC . ./."}, Absence::homref), (Answer{Outcome::missing_call, -1}));
  // For an indel one reference base says nothing about which allele is the reference's, unless the model does.
  EXPECT_EQ(ask(site("1", 100, "AT", "A"), {"1 100 A . 0/0"}), (Answer{Outcome::ambiguous, -1}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A", ref_other), {"1 100 A . 0/0"}), (Answer{Outcome::matched, 0}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A", ref_effect), {"1 100 A . 0/0"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A"), {"1 100 AC . 0/0"}), (Answer{Outcome::matched, 0}));
  EXPECT_EQ(ask(site("1", 100, "A", ""), {"1 100 A . 0/0"}), (Answer{Outcome::matched_no_other_allele, 2}));
  EXPECT_EQ(ask(site("1", 100, "G", ""), {"1 100 A . 0/0"}), (Answer{Outcome::allele_absent, -1}))
      << "an unnamed ALT is not known to be G";
}

TEST(Dosage, WithoutAnOtherAllele) {
  EXPECT_EQ(ask(site("1", 100, "G", ""), {"1 100 A G 0/1"}), (Answer{Outcome::matched_no_other_allele, 1}));
  EXPECT_EQ(ask(site("1", 100, "A", ""), {"1 100 A G 0/1"}), (Answer{Outcome::matched_no_other_allele, 1}));
  EXPECT_EQ(ask(site("1", 100, "G", ""), {"1 100 A T,G 2/2"}), (Answer{Outcome::matched_no_other_allele, 2}));
  EXPECT_EQ(ask(site("1", 100, "C", ""), {"1 100 A T,G 2/2"}), (Answer{Outcome::allele_absent, -1}));
}

TEST(Dosage, AllelesMatchAfterTrimming) {
  EXPECT_EQ(ask(alt_counts, {"1 98 CCA CCG 0/1"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(alt_counts, {"1 99 CATT CGTT,C 1/2"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A"), {"1 100 A AT 0/1"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(site("1", 100, "A", "AT"), {"1 100 AT A 1/1"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(site("1", 100, "A", "AT"), {"1 100 ATGG AGG 1/1"}), (Answer{Outcome::matched, 2}));
  EXPECT_EQ(ask(site("1", 99, "CA", "CAT"), {"1 100 AT A 1/1"}), (Answer{Outcome::matched, 2}))
      << "site with a longer anchor";
  // A>AT and AT>A are two variants with the same two texts; only the reference allele tells them apart.
  EXPECT_EQ(ask(site("1", 100, "AT", "A", ref_other), {"1 100 AT A 0/1"}), (Answer{Outcome::allele_absent, -1}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A", ref_effect), {"1 100 AT A 0/1"}), (Answer{Outcome::matched_swapped, 1}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A"), {"1 100 AT A 0/1"}), (Answer{Outcome::ambiguous, -1}));
  EXPECT_EQ(ask(site("1", 100, "A", "AT", ref_effect), {"1 100 AT A 1/1"}), (Answer{Outcome::allele_absent, -1}));
}

TEST(Dosage, TwoRecordsForOneSite) {
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 0/1", "1 100 A G 0/1"}), (Answer{Outcome::duplicate, -1}))
      << "also when they agree";
  EXPECT_EQ(ask(alt_counts, {"1 98 CCA CCG 0/1", "1 100 A G 0/1"}), (Answer{Outcome::duplicate, -1}));
  EXPECT_EQ(ask(alt_counts, {"1 100 A G LowQual . GT 0/1", "1 100 A G 0/1"}), (Answer{Outcome::duplicate, -1}));
  // A split multi-allelic site: G is still counted rightly, REF no longer.
  EXPECT_EQ(ask(alt_counts, {"1 100 A G 1/0", "1 100 A T 0/1"}), (Answer{Outcome::matched, 1}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G 1/0", "1 100 A T 0/1"}), (Answer{Outcome::ambiguous, -1}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A T 0/1", "1 100 A G 1/0"}), (Answer{Outcome::ambiguous, -1}));
  EXPECT_EQ(ask(ref_counts, {"1 100 A G 1/0", "1 100 A T 0/0"}), (Answer{Outcome::matched_swapped, 1}));
  // An insertion after the base leaves it; a deletion over it does not, unless the record counts it as "*".
  EXPECT_EQ(ask(ref_counts, {"1 100 A G 0/0", "1 100 A AT 0/1"}), (Answer{Outcome::matched_swapped, 2}));
  EXPECT_EQ(ask(ref_counts, {"1 98 CCA C 0/1", "1 100 A G 0/0"}), (Answer{Outcome::ambiguous, -1}));
  EXPECT_EQ(ask(ref_counts, {"1 98 CCA C 0/1", "1 100 A G,* 0/2"}), (Answer{Outcome::matched_swapped, 1}));
  EXPECT_EQ(ask(ref_counts, {"1 98 CC C 0/1", "1 100 A G 0/0"}), (Answer{Outcome::matched_swapped, 2}));
}

TEST(Dosage, AbsentSitesFollowTheDeclaredPolicy) {
  const auto other = {std::string("1 50 A G 0/1")};
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), other, Absence::homref), (Answer{Outcome::homref_assumed, 0}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_effect), other, Absence::homref), (Answer{Outcome::homref_assumed, 2}));
  EXPECT_EQ(ask(alt_counts, other, Absence::homref), (Answer{Outcome::unsupported, -1}))
      << "which allele is the reference is not known";
  EXPECT_EQ(ask(alt_counts, other, Absence::missing), (Answer{Outcome::absent, -1}));
  EXPECT_EQ(ask(alt_counts, other, Absence::frequency), (Answer{Outcome::absent, -1}))
      << "the model names no frequency";
  Site with_frequency = alt_counts;
  with_frequency.expected = 2 * 317'011;
  EXPECT_EQ(ask(with_frequency, other, Absence::frequency), (Answer{Outcome::frequency_assumed, 0.634022}));
  EXPECT_EQ(ask(with_frequency, {"1 100 A G ./."}, Absence::frequency), (Answer{Outcome::missing_call, -1}))
      << "a record is there";
  EXPECT_EQ(ask(site("2", 100, "G", "A", ref_other), other, Absence::homref), (Answer{Outcome::absent, -1}))
      << "the file has no record on this chromosome";
  // A site without its own record under a called deletion, a missing call or a filtered call is not reference.
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 98 CCA C 0/1"}, Absence::homref),
            (Answer{Outcome::allele_absent, -1}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 98 CCA C 0/0"}, Absence::homref),
            (Answer{Outcome::homref_assumed, 0}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 98 CCA C ./."}, Absence::homref),
            (Answer{Outcome::missing_call, -1}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 98 CCA C 0/."}, Absence::homref),
            (Answer{Outcome::half_call, -1}));
  EXPECT_EQ(ask(site("1", 100, "G", "A", ref_other), {"1 98 CCA C LowQual . GT 0/1"}, Absence::homref),
            (Answer{Outcome::filtered, -1}));
  EXPECT_EQ(ask(site("1", 100, "AT", "A", ref_other), {"1 98 CCAG C 0/1"}, Absence::homref),
            (Answer{Outcome::allele_absent, -1}))
      << "the bases on both sides of the insertion's place are deleted";
  EXPECT_EQ(ask(site("1", 100, "AT", "A", ref_other), {"1 98 CCA C 0/1"}, Absence::homref),
            (Answer{Outcome::homref_assumed, 0}));
}

TEST(Dosage, EveryOutcomeHasANameAndIsCounted) {
  std::uint64_t total = 0;
  const auto got = extract(panel({alt_counts, ref_counts, site("1", 200, "C", "T")}), vcf({"1 100 A G 0/1"})).value();
  for (std::size_t i = 0; i < outcomes_end; ++i) {
    EXPECT_FALSE(name(static_cast<Outcome>(i)).empty());
    total += got.dosages.counts[i];
  }
  EXPECT_EQ(total, 3U);
  EXPECT_EQ(got.dosages.count(Outcome::matched), 1U);
  EXPECT_EQ(got.dosages.count(Outcome::matched_swapped), 1U);
  EXPECT_EQ(got.dosages.found, 2U);
}

TEST(Panel, RefusesSitesThatCannotBe) {
  const auto refused = [](Site s) { return reason_of(Panel::create(Build::grch37, {std::move(s)})); };
  EXPECT_EQ(refused(site("1", 0, "G", "A")), "model_invalid");
  EXPECT_EQ(refused(site("1", 249250622, "G", "A")), "model_invalid");
  EXPECT_EQ(refused(site("1", 100, "", "A")), "model_invalid");
  EXPECT_EQ(refused(site("1", 100, "A", "a")), "model_invalid");
  EXPECT_EQ(refused(site("1", 100, "N", "A")), "model_invalid");
  EXPECT_EQ(refused(site("1", 100, "<DEL>", "A")), "model_invalid");
  EXPECT_EQ(refused(site("1", 100, "A", "", ref_other)), "model_invalid");
  EXPECT_EQ(refused(site("1", 100, std::string(site_allele_max + 1, 'A'), "C")), "model_invalid");
  EXPECT_EQ(refused(site("1", 249250621, "g", "a")), "accepted");
  for (const Dosage expected : {-1, 0, 2 * dosage_unit, 2 * dosage_unit + 1}) {
    Site s = site("1", 100, "G", "A");
    s.expected = expected;
    EXPECT_EQ(refused(s), expected < 0 || expected > 2 * dosage_unit ? "model_invalid" : "accepted") << expected;
  }
}

TEST(Trim, CutsTheSharedEndFirst) {
  const auto t = trim(100, "CAA", "CA");
  EXPECT_EQ(t.position, 101U);
  EXPECT_EQ(t.first, "A");
  EXPECT_EQ(t.second, "");
  EXPECT_EQ(trim(100, "TAT", "TGT").position, 101U);
  EXPECT_EQ(trim(100, "a", "A").first, "");
}

}  // namespace
}  // namespace glovebox::genome
