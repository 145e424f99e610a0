// derived/edge/observed.tsv, row by row: hand-made cases and what plink2 2.00a3.5 and bcftools 1.16 made of them. Ours
// beside each: the same, or different by a rule of docs/genotypes.md, of which a sentence is named here.
#include <set>

#include "bundle/pgs_catalog.h"
#include "genome/genome_testing.h"
#include "scoring/plink2_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;
namespace fs = std::filesystem;

const std::string same = "same";

struct Case {
  std::string name, input, tool;  // of observed.tsv; an empty one is not looked at
  std::string file;               // of derived/edge
  std::string place;              // "1 1000"
  std::string effect, other;
  Rules rules;
  std::string ours;  // outcome, dosage of alleles
  std::string rule;  // `same`, or words of the page that say why not
};

Rules with(Absence absence = Absence::missing) {
  Rules out;
  out.absence = absence;
  return out;
}
Rules gvcf() {
  Rules out = with();
  out.kind = InputKind::gvcf;
  out.min_gq = 0;  // the hand-made rows have no GQ
  return out;
}
Rules male(MaleX x) {
  Rules out = with();
  out.sex = Sex::male;
  out.x_male = x;
  return out;
}
Rules from(DosageField field) {
  Rules out = with();
  out.kind = InputKind::array_imputed;
  out.dosage = field;
  return out;
}

const std::vector<Case> cases = {
    {"het", "", "", "edge.vcf", "1 1000", "G", "A", with(), "matched, 1 of 2", same},
    {"hom-alt", "", "", "edge.vcf", "1 1100", "G", "A", with(), "matched, 2 of 2", same},
    {"hom-ref explicit", "", "", "edge.vcf", "1 1200", "G", "A", with(), "matched, 0 of 2", same},
    {"hom-ref explicit", "", "", "edge.vcf", "1 1200", "A", "G", with(), "matched_swapped, 2 of 2", same},
    {"missing", "", "", "edge.vcf", "1 1300", "G", "A", with(), "missing_call", same},
    {"missing haploid", "", "", "edge.vcf", "1 1400", "G", "A", with(), "missing_call", same},
    {"any missing, default imputation, n<50", "", "", "edge.vcf", "1 1300", "G", "A", with(), "missing_call",
     "refuses where these are fewer than 50"},
    {"multi-allelic 1/2 (A>G,T)", "", "", "edge.vcf", "1 1500", "G", "A", with(), "matched, 1 of 2", same},
    {"multi-allelic 1/2 (A>G,T)", "", "", "edge.vcf", "1 1500", "A", "G", with(), "matched_swapped, 0 of 2", same},
    {"multi-allelic 0/2 (A>G,T)", "", "", "edge.vcf", "1 1600", "G", "A", with(), "matched, 0 of 2", same},
    {"star allele 1/2 (A>G,*)", "", "", "edge.vcf", "1 2000", "G", "A", with(), "matched, 1 of 2", same},
    {"star allele 1/2 (A>G,*)", "", "", "edge.vcf", "1 2000", "A", "G", with(), "matched_swapped, 0 of 2", same},
    {"FILTER=LowQual", "", "", "edge.vcf", "1 1700", "G", "A", with(), "filtered",
     "A row that did not pass its filters"},
    {"phased", "", "", "edge.vcf", "1 1800", "G", "A", with(), "matched, 1 of 2", same},
    {"ALT \".\"", "", "", "edge.vcf", "1 1900", "G", "A", with(), "matched, 0 of 2",
     "A row with ALT `.` says which allele the reference has"},
    {"ALT \".\"", "", "", "edge.vcf", "1 1900", "A", "G", with(), "matched, 2 of 2", same},
    {"gVCF <NON_REF> only", "", "", "edge.vcf", "1 2200", "G", "A", gvcf(), "homref_from_block, 0 of 2",
     "says homozygous reference from POS to its end"},
    {"gVCF <NON_REF> only", "", "", "edge.vcf", "1 2200", "A", "G", gvcf(), "homref_from_block, 2 of 2", same},
    {"ALT G,<NON_REF>", "", "", "edge.vcf", "1 2400", "G", "A", gvcf(), "matched, 1 of 2", same},
    {"haploid call on autosome", "", "", "edge.vcf", "1 2500", "G", "A", with(), "unsupported",
     "One allele on an autosome is no diploid call"},
    {"lower-case alleles", "", "", "edge.vcf", "1 2600", "G", "A", with(), "matched, 1 of 2",
     "Alleles are compared without case"},
    {"triploid", "", "", "edge.vcf", "1 2700", "G", "A", with(), "unsupported", same},
    {"half-call", "", "", "half2.vcf", "1 1000", "G", "A", with(), "half_call",
     "One missing allele of two makes the call missing too"},
    {"half-call ./1 haploid", "", "", "half2.vcf", "1 1000", "G", "A", with(), "half_call",
     "`haploid` makes two of one allele"},
    {"half-call ./1 missing", "", "", "half2.vcf", "1 1000", "G", "A", with(), "half_call", same},
    {"half-call ./1 reference", "", "", "half2.vcf", "1 1000", "G", "A", with(), "half_call",
     "One missing allele of two makes the call missing too"},
    {"male chrX haploid", "", "plink2 default --xchr-model 2", "edge.vcf", "X 5000000", "G", "A", male(MaleX::doubled),
     "matched, 2 of 2", same},
    {"male chrX haploid", "", "plink2 --xchr-model 1", "edge.vcf", "X 5000000", "G", "A", male(MaleX::single),
     "matched, 1 of 1", same},
    {"male chrX haploid", "", "plink2 --xchr-model 0", "edge.vcf", "X 5000000", "G", "A", with(), "unsupported", same},
    {"duplicate variant ID in genotypes", "", "", "dup.vcf", "1 1000", "G", "A", with(), "matched, 1 of 2",
     "never by its ID"},
    {"DS 1.2 with GT 0/1", "", "plink2 (GT)", "dup.vcf", "1 1100", "G", "A", from(DosageField::gt), "matched, 1 of 2",
     same},
    {"DS 1.2 with GT 0/1", "", "plink2 dosage=DS", "dup.vcf", "1 1100", "G", "A", from(DosageField::ds),
     "matched, 1.2 of 2", same},
    {"DS 1.2 with GT ./.", "", "", "dup.vcf", "1 1200", "G", "A", from(DosageField::ds), "matched, 1.2 of 2", same},
    {"GP with DS header", "", "", "dup.vcf", "1 1100", "G", "A", from(DosageField::gp), "matched, 1.2 of 2",
     "GP-force"},
    {"chr prefix", "", "", "dup.vcf", "1 1100", "G", "A", with(), "matched, 1 of 2", same},
    {"tabix region inside gVCF block", "", "", "g.vcf", "1 8", "A", "G", gvcf(), "homref_from_block, 2 of 2",
     "view -t 1:1500: nothing"},
};

std::string ours(const Case& one, const fs::path& folder) {
  Site wanted = site(split(one.place, ' ')[0], std::stoull(split(one.place, ' ')[1]), one.effect, one.other);
  if (one.name.starts_with("tabix")) wanted.reference = ReferenceAllele::effect;
  Options options{.build = Build::grch37};
  options.rules = one.rules;
  const auto got = extract(panel({wanted}), text_of(folder / one.file), options);
  if (!got) return "refused, " + describe(got.error());
  const Dosages& d = got->dosages;
  std::string out(name(d.outcome[0]));
  if (d.dosage[0] != missing_dosage) {
    const double dosage = static_cast<double>(d.dosage[0]) / dosage_unit;
    std::ostringstream shown;
    shown << ", " << dosage << " of " << static_cast<int>(d.alleles[0]);
    out += shown.str();
  }
  return out;
}

TEST(Edge, EveryObservedRowIsTheSameOrThePageSaysWhyNot) {
  const auto folder = shared() / "data/derived/edge";
  GLOVEBOX_NEEDS(folder);
  const std::string page = text_of(vectors().parent_path().parent_path() / "docs/genotypes.md");
  std::size_t rows = 0, different = 0;
  std::set<const Case*> used;
  for (const std::string& line : lines_of(text_of(folder / "observed.tsv"))) {
    const auto cells = split(line, '\t');
    if (cells[0] == "case") continue;
    ++rows;
    std::size_t found = 0;
    for (const Case& one : cases) {
      if (one.name != cells[0] || (!one.tool.empty() && !cells[3].starts_with(one.tool))) continue;
      ++found;
      used.insert(&one);
      EXPECT_EQ(ours(one, folder), one.ours) << line;
      if (one.rule == same) continue;
      ++different;
      EXPECT_TRUE(page.contains(one.rule)) << "docs/genotypes.md does not say: " << one.rule << "\n" << line;
    }
    // These are about score files and other tools; below.
    const std::set<std::string> elsewhere = {"duplicate (ID,allele) in score", "both alleles in score", "GT 1/2 split"};
    EXPECT_TRUE(found > 0 || elsewhere.contains(cells[0])) << "no case for: " << line;
  }
  EXPECT_EQ(rows, 34U);
  EXPECT_EQ(used.size(), cases.size());
  std::cout << rows << " rows, " << different << " answers different from plink2's by a rule of the page\n";
}

constexpr std::string_view score_head = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n";

TEST(Edge, OneAlleleTwiceInAScoreFileIsRefusedAndBothAllelesCount) {
  const auto read = [](const std::string& rows) {
    return bundle::read_scoring_file(view_of(std::string(score_head) + rows), {.build = bundle::Build::grch37});
  };
  EXPECT_EQ(reason_of(read("1\t1100\tG\tA\t1\n1\t1100\tG\tA\t1\n")), "model_invalid");
  EXPECT_EQ(reason_of(read("1\t1100\tG\tA\t1\n1\t1100\tA\tG\t1\n")), "accepted");
  const auto folder = shared() / "data/derived/edge";
  GLOVEBOX_NEEDS(folder);
  Options options{.build = Build::grch37};
  options.rules = with();
  const auto got =
      extract(panel({site("1", 1100, "G", "A"), site("1", 1100, "A", "G")}), text_of(folder / "dup.vcf"), options);
  ASSERT_TRUE(got) << describe(got.error_or(Error{}));
  EXPECT_EQ(got->dosages.dosage[0] + got->dosages.dosage[1], 2 * dosage_unit);
}

// bcftools norm -m -any on n.vcf: C>G,T 1/2 becomes two rows that say `0` for each other's ALT.
TEST(Edge, ASplitRowIsFoundOut) {
  const auto folder = shared() / "data/derived/edge";
  GLOVEBOX_NEEDS(folder);
  if (!installed("bcftools")) GTEST_SKIP() << "needs bcftools, which is not here";
  const std::string whole = text_of(folder / "n.vcf");
  const std::string parted = output_of("bcftools norm -m -any '" + (folder / "n.vcf").string() + "' 2>/dev/null");
  const auto outcome = [&](const std::string& file, const std::string& effect, const std::string& other) {
    Options options{.build = Build::grch37};
    options.rules = with();
    const auto got = extract(panel({site("1", 12, effect, other)}), file, options);
    if (!got) return describe(got.error());
    const Dosage dosage = got->dosages.dosage[0];
    return std::string(name(got->dosages.outcome[0])) +
           (dosage == missing_dosage ? "" : " " + std::to_string(dosage / dosage_unit));
  };
  EXPECT_EQ(outcome(whole, "C", "G"), "matched_swapped 0");
  EXPECT_EQ(outcome(parted, "C", "G"), "ambiguous");
  EXPECT_EQ(outcome(whole, "G", "C"), "matched 1");
  EXPECT_EQ(outcome(parted, "G", "C"), "matched 1");
}

}  // namespace
}  // namespace glovebox::genome
