// One X or two: sex, the pseudoautosomal ends, and the two ways of counting a man's one allele.
#include "genome/ploidy.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

const Site on_x = site("X", 5'000'000, "G", "A", ReferenceAllele::other);
const Site ref_on_x = site("X", 5'000'000, "A", "G", ReferenceAllele::effect);
const Site in_par = site("X", 100'000, "G", "A", ReferenceAllele::other);

std::string x(std::string gt, Sex sex, MaleX male = MaleX::undeclared, const Site& s = on_x) {
  return read_first({s}, {"X " + std::to_string(s.position) + " A G " + gt},
                    {.absence = Absence::missing, .sex = sex, .x_male = male});
}

TEST(Ploidy, TheEndsOfXAreThoseOfTheBuild) {
  const auto at = [](Build build, std::uint64_t position) { return region_of(build, chromosome_x, position); };
  EXPECT_EQ(at(Build::grch37, 60000), Region::x);
  EXPECT_EQ(at(Build::grch37, 60001), Region::paired);
  EXPECT_EQ(at(Build::grch37, 2699520), Region::paired);
  EXPECT_EQ(at(Build::grch37, 2699521), Region::x);
  EXPECT_EQ(at(Build::grch37, 154931043), Region::x);
  EXPECT_EQ(at(Build::grch37, 154931044), Region::paired);
  EXPECT_EQ(at(Build::grch37, 155260560), Region::paired);
  EXPECT_EQ(at(Build::grch37, 155260561), Region::x);
  EXPECT_EQ(at(Build::grch38, 10000), Region::x);
  EXPECT_EQ(at(Build::grch38, 10001), Region::paired);
  EXPECT_EQ(at(Build::grch38, 2781479), Region::paired);
  EXPECT_EQ(at(Build::grch38, 2781480), Region::x);
  EXPECT_EQ(at(Build::grch38, 155701382), Region::x);
  EXPECT_EQ(at(Build::grch38, 155701383), Region::paired);
  EXPECT_EQ(at(Build::grch38, 156030895), Region::paired);
  EXPECT_EQ(at(Build::grch38, 156030896), Region::x);
  EXPECT_EQ(region_of(Build::grch38, chromosome_y, 100000), Region::unread);
  EXPECT_EQ(region_of(Build::grch38, chromosome_mt, 100), Region::unread);
  EXPECT_EQ(region_of(Build::grch38, Chromosome{22}, 100), Region::paired);
}

TEST(Ploidy, AWomansXIsAnAutosome) {
  EXPECT_EQ(x("0/1", Sex::female), "matched 1/2");
  EXPECT_EQ(x("1/1", Sex::female, MaleX::single), "matched 2/2");
  EXPECT_EQ(x("1", Sex::female), "unsupported");
  EXPECT_EQ(x("0", Sex::female, MaleX::doubled), "unsupported");
  EXPECT_EQ(x("./.", Sex::female), "missing_call");
}

TEST(Ploidy, AMansOneAlleleCountsOnceOrTwice) {
  EXPECT_EQ(x("1", Sex::male, MaleX::single), "matched 1/1");
  EXPECT_EQ(x("1", Sex::male, MaleX::doubled), "matched 2/2");
  EXPECT_EQ(x("0", Sex::male, MaleX::single), "matched 0/1");
  EXPECT_EQ(x("0", Sex::male, MaleX::single, ref_on_x), "matched_swapped 1/1");
  EXPECT_EQ(x("0", Sex::male, MaleX::doubled, ref_on_x), "matched_swapped 2/2");
  EXPECT_EQ(x("1", Sex::male), "unsupported");
  EXPECT_EQ(x(".", Sex::male, MaleX::single), "missing_call");
  EXPECT_EQ(x("1/1", Sex::male, MaleX::single), "matched 1/1") << "one allele, written twice";
  EXPECT_EQ(x("1/1", Sex::male, MaleX::doubled), "matched 2/2");
  EXPECT_EQ(x("0/0", Sex::male, MaleX::single, ref_on_x), "matched_swapped 1/1");
  EXPECT_EQ(x("1/1", Sex::male), "unsupported");
  EXPECT_EQ(x("0/1", Sex::male, MaleX::single), "ambiguous");
  EXPECT_EQ(x("0/.", Sex::male, MaleX::single), "half_call");
}

TEST(Ploidy, WithoutASexTheCallSays) {
  EXPECT_EQ(x("0/1", Sex::unknown), "matched 1/2");
  EXPECT_EQ(x("1", Sex::unknown), "unsupported");
  EXPECT_EQ(x("1", Sex::unknown, MaleX::single), "matched 1/1");
  EXPECT_EQ(x("1", Sex::unknown, MaleX::doubled), "matched 2/2");
  const auto got =
      extract(panel({on_x}), vcf({"X 5000000 A G 1"}), {.build = Build::grch37, .rules = {.absence = Absence::missing}})
          .value();
  EXPECT_EQ(got.dosages.count(Hint::x_male), 1U);
}

TEST(Ploidy, TheEndsOfXAreDiploidInAll) {
  for (const Sex sex : {Sex::unknown, Sex::female, Sex::male}) {
    EXPECT_EQ(x("0/1", sex, MaleX::single, in_par), "matched 1/2");
    EXPECT_EQ(x("1", sex, MaleX::single, in_par), "unsupported");
  }
}

TEST(Ploidy, AnAbsentSiteNeedsTheSex) {
  const auto absent = [](const Site& s, Sex sex, MaleX male) {
    return read_first({s}, {"X 100 A G 0/1"}, {.absence = Absence::homref, .sex = sex, .x_male = male});
  };
  EXPECT_EQ(absent(ref_on_x, Sex::unknown, MaleX::single), "unsupported");
  EXPECT_EQ(absent(ref_on_x, Sex::female, MaleX::undeclared), "homref_assumed 2/2");
  EXPECT_EQ(absent(ref_on_x, Sex::male, MaleX::undeclared), "unsupported");
  EXPECT_EQ(absent(ref_on_x, Sex::male, MaleX::single), "homref_assumed 1/1");
  EXPECT_EQ(absent(ref_on_x, Sex::male, MaleX::doubled), "homref_assumed 2/2");
  EXPECT_EQ(absent(on_x, Sex::male, MaleX::single), "homref_assumed 0/1");
  EXPECT_EQ(absent(in_par, Sex::unknown, MaleX::undeclared), "homref_assumed 0/2");
  EXPECT_EQ(absent(site("Y", 5000000, "G", "A", ReferenceAllele::other), Sex::male, MaleX::single), "unsupported");
}

TEST(Ploidy, AFrequencyIsOfTwoCopies) {
  const auto absent = [](Site s, Sex sex, MaleX male) {
    s.expected = 500'001;
    return read_first({std::move(s)}, {"X 100 A G 0/1"}, {.absence = Absence::frequency, .sex = sex, .x_male = male});
  };
  EXPECT_EQ(absent(on_x, Sex::female, MaleX::undeclared), "frequency_assumed 0.500001/2");
  EXPECT_EQ(absent(on_x, Sex::male, MaleX::single), "frequency_assumed 0.25/1") << "half of it, ties to even";
  EXPECT_EQ(absent(on_x, Sex::male, MaleX::doubled), "frequency_assumed 0.5/2");
  EXPECT_EQ(absent(on_x, Sex::unknown, MaleX::single), "unsupported");
  EXPECT_EQ(absent(in_par, Sex::unknown, MaleX::undeclared), "frequency_assumed 0.500001/2");
}

TEST(Ploidy, DsOnXIsOfAsManyAllelesAsGtHas) {
  const auto ds = [](std::string sample, Sex sex, MaleX male) {
    return read_first({on_x}, {"X 5000000 A G PASS . GT:DS " + sample},
                      {.kind = InputKind::array_imputed,
                       .absence = Absence::missing,
                       .dosage = DosageField::ds,
                       .sex = sex,
                       .x_male = male});
  };
  EXPECT_EQ(ds("0:0.25", Sex::male, MaleX::single), "matched 0.25/1");
  EXPECT_EQ(ds("0:0.25", Sex::male, MaleX::doubled), "matched 0.5/2");
  EXPECT_EQ(ds("0/0:0.5", Sex::male, MaleX::single), "matched 0.25/1");
  EXPECT_EQ(ds("0/1:0.5", Sex::male, MaleX::doubled), "matched 0.5/2") << "GT is not read but for its size";
  EXPECT_EQ(ds("0:1.5", Sex::male, MaleX::single), "vcf_malformed");
  EXPECT_EQ(ds(".:0.5", Sex::male, MaleX::single), "unsupported") << "of one allele or of two";
  EXPECT_EQ(ds(".:0.5", Sex::unknown, MaleX::single), "unsupported");
  EXPECT_EQ(ds(".:0.5", Sex::female, MaleX::undeclared), "matched 0.5/2");
  EXPECT_EQ(ds("0/0:0.5", Sex::unknown, MaleX::undeclared), "matched 0.5/2");
  EXPECT_EQ(ds("0:0.5", Sex::unknown, MaleX::undeclared), "unsupported");
  const auto gp = [](std::string sample, Sex sex, MaleX male) {
    return read_first({on_x}, {"X 5000000 A G PASS . GP " + sample},
                      {.kind = InputKind::array_imputed,
                       .absence = Absence::missing,
                       .dosage = DosageField::gp,
                       .sex = sex,
                       .x_male = male});
  };
  EXPECT_EQ(gp("0.75,0.25", Sex::male, MaleX::single), "matched 0.25/1") << "two numbers are of one allele";
  EXPECT_EQ(gp("0.75,0,0.25", Sex::male, MaleX::single), "matched 0.25/1");
  EXPECT_EQ(gp("0.75,0.25", Sex::female, MaleX::undeclared), "unsupported");
}

}  // namespace
}  // namespace glovebox::genome
