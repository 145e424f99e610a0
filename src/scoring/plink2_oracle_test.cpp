// The sums that plink2 made of 3,202 people, and what becomes of two of them when the rows of a file that say
// "homozygous reference" are left out of it.
#include <format>

#include "bundle/reference_alleles.h"
#include "scoring/score_testing.h"

namespace glovebox::scoring {
namespace {
using namespace test;
namespace fs = std::filesystem;
using genome::Absence;
using genome::Dosage;
using genome::dosage_unit;
using genome::Outcome;

void expect_same(const Plink2& theirs, const model::Sums& ours, const std::string& where) {
  EXPECT_TRUE(same_digits(theirs.sum, model::to_double(ours.sum, model::sum_places)))
      << where << ": SUM " << theirs.sum << ", ours " << ours.sum_text();
  EXPECT_EQ(theirs.alleles, std::to_string(ours.denominator)) << where << ": ALLELE_CT";
  EXPECT_TRUE(same_digits(theirs.dosage_sum, static_cast<double>(ours.dosage_sum) / dosage_unit))
      << where << ": NAMED_ALLELE_DOSAGE_SUM " << theirs.dosage_sum << ", ours " << ours.dosage_sum_text();
}

// A plink2 score file, its ID chromosome:position:REF:ALT, as a scoring file.
std::string from_plink2(const fs::path& path, const std::map<std::string, std::string>& frequency = {}) {
  std::string out = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tallelefrequency_effect\n";
  for (const std::string& line : lines_of(text_of(path))) {
    const auto cells = split(line, '\t');
    if (cells[0] == "ID") continue;
    const auto id = split(cells[0], ':');
    const auto known = frequency.find(cells[0] + cells[1]);
    out += id.at(0) + "\t" + id.at(1) + "\t" + cells[1] + "\t" + (cells[1] == id.at(2) ? id.at(3) : id.at(2)) + "\t" +
           cells[2] + "\t" + (known == frequency.end() ? "" : known->second) + "\n";
  }
  return out;
}

TEST(Plink2, TheSumsOf3202PeopleOfThe1000GenomesProject) {
  const auto oracle = shared() / "data/derived/plink2_oracle";
  const auto genotypes = shared() / "data/genotypes/tiny1000G/tiny1000G.vcf.gz";
  GLOVEBOX_NEEDS(oracle);
  GLOVEBOX_NEEDS(genotypes);
  const std::string scoring = from_plink2(oracle / "score.tsv");
  const bundle::Bundle bundle = bundle_of(scoring_file(view_of(scoring), genome::Build::grch38));
  const Scorer scorer(bundle);
  const Cohort cohort(text_of(genotypes));
  const auto theirs = read_sscore(oracle / "full.sscore");
  ASSERT_EQ(cohort.samples().size(), 3202U);
  ASSERT_EQ(theirs.size(), 3202U);
  ASSERT_EQ(bundle.features.size(), 920U);
  const auto options = options_of(genome::Build::grch38, Absence::missing);
  std::map<std::string_view, std::size_t> outcomes;
  for (std::size_t s = 0; s < cohort.samples().size(); ++s) {
    const std::string name(cohort.samples()[s]);
    const Scored ours = scorer.score(cohort.file_of(s), options);
    const Plink2& row = theirs.at(name);
    expect_same(row, ours.sums, name);
    EXPECT_EQ(row.denominator, std::to_string(ours.sums.denominator)) << name;
    EXPECT_TRUE(same_digits(row.average, ours.sums.average()))
        << name << ": AVG " << row.average << ", ours " << ours.sums.average();
    for (const Outcome o : ours.outcome) ++outcomes[genome::name(o)];
  }
  for (const auto& [outcome, number] : outcomes) std::cout << outcome << ": " << number << "\n";
}

// A file with every record and one with the variant ones alone, of two people: what each absence policy makes of the
// sites that are not there.
TEST(Plink2, VariantOnlyFilesShowEachAbsencePolicy) {
  const auto oracle = shared() / "data/derived/plink2_oracle";
  const auto genotypes = shared() / "data/genotypes/tiny1000G/tiny1000G.vcf.gz";
  GLOVEBOX_NEEDS(oracle);
  GLOVEBOX_NEEDS(genotypes);
  // The frequency of each effect allele among the 3,202, to six places.
  const Cohort cohort(text_of(genotypes));
  std::map<std::string, std::string> frequency;
  for (const Cohort::Row& row : cohort.rows()) {
    std::size_t alternative = 0, called = 0;
    for (const std::string_view call : row.calls)
      for (const char c : call.substr(0, call.find(':'))) {
        called += c == '0' || c == '1' ? 1U : 0U;
        alternative += c == '1' ? 1U : 0U;
      }
    const double share = static_cast<double>(alternative) / static_cast<double>(called);
    const std::string id(row.column[2]);
    frequency[id + std::string(row.column[4])] = std::format("{:.6f}", share);
    frequency[id + std::string(row.column[3])] = std::format("{:.6f}", 1 - share);
  }
  const std::string scoring = from_plink2(oracle / "score.tsv", frequency);
  bundle::ScoringFile file = scoring_file(view_of(scoring), genome::Build::grch38);
  std::vector<genome::Site*> sites;
  for (bundle::ScoringRow& row : file.rows)
    if (row.site) sites.push_back(&*row.site);
  bundle::ReferenceReader reference(genome::Build::grch38, sites);
  ASSERT_TRUE(reference.feed(read(genotypes)));
  const auto known = reference.finish();
  ASSERT_TRUE(known) << describe(known.error_or(Error{}));
  EXPECT_EQ(known->known, 920U);
  const bundle::Bundle bundle = bundle_of(file);
  const Scorer scorer(bundle);
  const auto theirs = read_sscore(oracle / "full.sscore");

  struct Expected {
    const char* person;
    std::size_t absent;    // of 920, where the reference rows are left out
    std::size_t absent_x;  // of these on X
  };
  const auto options = [](Absence absence) {
    auto out = options_of(genome::Build::grch38, absence);
    out.rules.sex = genome::Sex::male;
    return out;
  };
  for (const Expected& one : {Expected{"HG00096", 440, 27}, Expected{"HG00403", 468, 27}}) {
    const std::string name = one.person;
    const std::string full = text_of(oracle / (name + ".full.vcf.gz"));
    const fs::path variants_path = oracle / (name + ".varonly.vcf.gz");
    const std::string variants = text_of(variants_path);
    const Scored whole = scorer.score(full, options(Absence::missing));
    expect_same(theirs.at(name), whole.sums, name + ", every record");
    EXPECT_EQ(whole.count(Outcome::matched) + whole.count(Outcome::matched_swapped), 920U);

    // `missing`: the sum of what is there, and plink2 makes the same of it.
    const Scored missing = scorer.score(variants, options(Absence::missing));
    EXPECT_EQ(missing.count(Outcome::absent), one.absent);
    EXPECT_EQ(missing.sums.denominator, 2 * (920 - one.absent));
    if (installed("plink2")) {
      const Scratch scratch;
      const std::string log = output_of(
          "plink2 --threads 1 --memory 1024 --vcf " + variants_path.string() + " --update-sex " +
          scratch.write("sex", "#IID\tSEX\n" + name + "\t1\n") + " --score " + (oracle / "score.tsv").string() +
          " header-read no-mean-imputation cols=+scoresums,+denom --out " + scratch.path("out") + " 2>&1");
      const auto of_plink2 = read_sscore(scratch.path("out.sscore"));
      EXPECT_TRUE(of_plink2.contains(name)) << log;
      if (of_plink2.contains(name)) expect_same(of_plink2.at(name), missing.sums, name + ", variants alone");
    }

    // `homref`: the sum of the whole file, to the last digit.
    const Scored homref = scorer.score(variants, options(Absence::homref));
    EXPECT_EQ(homref.count(Outcome::homref_assumed), one.absent);
    EXPECT_EQ(homref.sums.sum_text(), whole.sums.sum_text());
    EXPECT_EQ(homref.sums.denominator, 1840U);
    EXPECT_NE(homref.sums.sum_text(), missing.sums.sum_text());
    // Without a sex nobody knows how many X chromosomes to assume.
    const Scored no_sex = scorer.score(variants, options_of(genome::Build::grch38, Absence::homref));
    EXPECT_EQ(no_sex.count(Outcome::unsupported), one.absent_x);
    EXPECT_EQ(no_sex.count(Outcome::homref_assumed), one.absent - one.absent_x);

    // `frequency`: beside what is there, each weight times twice the frequency.
    const Scored expected = scorer.score(variants, options(Absence::frequency));
    EXPECT_EQ(expected.count(Outcome::frequency_assumed), one.absent);
    EXPECT_EQ(expected.sums.denominator, 1840U);
    double sum = model::to_double(missing.sums.sum, model::sum_places);
    for (std::size_t i = 0; i < file.rows.size(); ++i)
      if (expected.outcome[i] == Outcome::frequency_assumed)
        sum += model::to_double(file.rows[i].weights[0], model::weight_places) * 2 * std::stod(file.rows[i].frequency);
    EXPECT_NEAR(model::to_double(expected.sums.sum, model::sum_places), sum, 1e-9);

    std::cout << name << ": every record " << whole.sums.sum_text() << ", without reference rows: missing "
              << missing.sums.sum_text() << " (" << 920 - one.absent << " of 920), homref " << homref.sums.sum_text()
              << ", frequency " << expected.sums.sum_text() << "\n";
  }
}

}  // namespace
}  // namespace glovebox::scoring
