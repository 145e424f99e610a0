// The same genotypes, the same scoring file, plink2 and us: equal, or different by a rule of docs/genotypes.md that is
// named here and counted.
#include <random>
#include <set>

#include "bundle/reference_alleles.h"
#include "scoring/score_testing.h"

namespace glovebox::scoring {
namespace {
using namespace test;
namespace fs = std::filesystem;
using genome::Absence;
using genome::Dosage;
using genome::dosage_unit;
using genome::missing_dosage;
using model::Effect;

// naive is what plink2 makes of one call: the alleles that are the effect allele, a haploid call doubled; nothing for a
// missing or half call.
std::optional<unsigned> naive(const Cohort::Row& row, std::string_view call, const std::string& effect) {
  std::vector<std::string> alleles = {std::string(row.column[3])};
  for (const std::string& alt : split(std::string(row.column[4]), ',')) alleles.push_back(alt);
  const std::string gt(call.substr(0, call.find(':')));
  std::vector<std::string> called = split(gt, gt.contains('|') ? '|' : '/');
  if (called.size() == 1) called.push_back(called[0]);
  unsigned out = 0;
  for (const std::string& index : called) {
    if (index == ".") return std::nullopt;
    out += alleles.at(std::stoul(index)) == effect ? 1U : 0U;
  }
  return out;
}

// Side is one comparison.
struct Side {
  std::size_t variants = 0, sites = 0, people = 0, compared = 0;
  std::map<std::string_view, std::size_t> ruled;  // outcomes of ours where plink2 counts: each a rule of the page
};

// side_by_side scores everybody with both. `each_nth` thins out our people where there are thousands.
Side side_by_side(const bundle::ScoringFile& file, const std::string& vcf, genome::Build build,
                  std::size_t each_nth = 1) {
  Side out;
  const bundle::Bundle bundle = bundle_of(file);
  const Scorer scorer(bundle);
  // plink2 finds rows by ID: each gets one of its own.
  std::string with_ids;
  {
    std::size_t number = 0;
    for (const std::string& line : lines_of(vcf)) {
      if (line.starts_with("#")) {
        with_ids += line + "\n";
        continue;
      }
      const auto pos = line.find('\t');
      const auto id = line.find('\t', pos + 1);
      const auto ref = line.find('\t', id + 1);
      with_ids += line.substr(0, id + 1) + "r" + std::to_string(number++) + line.substr(ref) + "\n";
    }
  }
  const Cohort cohort(with_ids);
  std::map<std::pair<genome::Chromosome, std::uint64_t>, std::vector<const Cohort::Row*>> rows;
  std::string sexes = "#IID\tSEX\n";
  std::vector<bool> is_male(cohort.samples().size());
  for (const Cohort::Row& row : cohort.rows()) {
    const auto chromosome = genome::chromosome_of(row.column[0]).value();
    rows[{chromosome, std::stoull(std::string(row.column[1]))}].push_back(&row);
    if (genome::name(chromosome) == "X")
      for (std::size_t s = 0; s < row.calls.size(); ++s)
        if (row.calls[s] == "0" || row.calls[s] == "1") is_male[s] = true;
  }
  for (std::size_t s = 0; s < is_male.size(); ++s)
    sexes += std::string(cohort.samples()[s]) + "\t" + (is_male[s] ? "1" : "2") + "\n";

  // What plink2 is given: for each variant of the bundle the row with its alleles. A weight of each dosage is a
  // constant (half of it on either allele), a dominant and a recessive part.
  const model::Polygenic& model = *bundle.polygenic();
  std::map<std::string, std::string> tables;  // modifier and column: rows
  std::vector<const Cohort::Row*> row_of;
  std::vector<std::string> effect_of;
  const auto variants = bundle.variants();
  for (const std::size_t at : variants) {
    const auto& site = std::get<genome::Site>(bundle.features[at].what);
    const Cohort::Row* found = nullptr;
    for (const Cohort::Row* row : rows[{site.chromosome, site.position}]) {
      auto alleles = split(std::string(row->column[4]), ',');
      alleles.emplace_back(row->column[3]);
      const auto has = [&](const std::string& allele) {
        return allele.empty() || std::ranges::find(alleles, allele) != alleles.end();
      };
      // Both alleles, one of them REF: A>C,G does not carry C and G.
      if (has(site.effect_allele) && has(site.other_allele) &&
          (site.other_allele.empty() || site.effect_allele == row->column[3] || site.other_allele == row->column[3]))
        found = row;
    }
    row_of.push_back(found);
    effect_of.push_back(site.effect_allele);
    if (found == nullptr) continue;
    ++out.sites;
    const auto add = [&](const std::string& modifier, const std::string& allele, model::Int128 weight) {
      tables[modifier] +=
          std::string(found->column[2]) + "\t" + allele + "\t" + model::to_decimal(weight, model::weight_places) + "\n";
    };
    const model::Term& term = model.terms[at];
    switch (term.effect) {
      case Effect::additive:
        add("", site.effect_allele, term.weights[0]);
        break;
      case Effect::dominant:
        add("dominant", site.effect_allele, term.weights[0]);
        break;
      case Effect::recessive:
        add("recessive", site.effect_allele, term.weights[0]);
        break;
      case Effect::by_count:
        add("dominant", site.effect_allele, term.weights[1] - term.weights[0]);
        add("recessive", site.effect_allele, term.weights[2] - term.weights[1]);
        add("", site.effect_allele, term.weights[0] / 2);
        add("", site.other_allele, term.weights[0] / 2);
        break;
    }
  }
  const bool by_count = std::ranges::any_of(model.terms, [](const auto& t) { return t.effect == Effect::by_count; });

  const Scratch scratch;
  const std::string vcf_path = scratch.write("x.vcf", cohort.text());
  const std::string sex_path = scratch.write("sex", sexes);
  std::map<std::string, std::map<std::string, Plink2>> theirs;
  for (const auto& [modifier, table] : tables) {
    const std::string log = output_of(
        "plink2 --threads 1 --memory 1024 --vcf " + vcf_path + " --vcf-half-call missing --update-sex " + sex_path +
        " --score " + scratch.write("score", table) + " no-mean-imputation " + modifier + " cols=+scoresums,+denom" +
        (build == genome::Build::grch37 ? " --split-par b37" : " --split-par b38") + " --out " + scratch.path("out") +
        " 2>&1");
    theirs[modifier] = read_sscore(scratch.path("out.sscore"));
    EXPECT_EQ(theirs[modifier].size(), cohort.samples().size()) << log;
    EXPECT_FALSE(log.contains("skipped")) << log;
    fs::remove(scratch.path("out.sscore"));
  }

  out.variants = variants.size();
  out.people = cohort.samples().size();
  for (std::size_t s = 0; s < cohort.samples().size(); s += each_nth) {
    const std::string name(cohort.samples()[s]);
    auto options = options_of(build, Absence::missing);
    const Scored ours = scorer.score(cohort.file_of(s), options);
    EXPECT_EQ(ours.outcome.size(), variants.size());
    if (ours.outcome.size() != variants.size()) return out;
    // The sum that plink2 must have: ours, and what it counts where a rule of the page says that we do not.
    model::Int128 sum = ours.sums.sum;
    std::uint64_t alleles = ours.sums.denominator;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const auto counted = row_of[v] == nullptr ? std::nullopt : naive(*row_of[v], row_of[v]->calls[s], effect_of[v]);
      const bool is_ours = ours.dosage[v] != missing_dosage;
      if (is_ours) {
        EXPECT_TRUE(counted) << name << ", " << genome::name(ours.outcome[v]);
        if (counted) {
          EXPECT_EQ(ours.dosage[v], static_cast<Dosage>(*counted) * dosage_unit)
              << name << " " << row_of[v]->fixed << " " << row_of[v]->calls[s];
        }
        ++out.compared;
        continue;
      }
      if (!counted) continue;
      ++out.ruled[genome::name(ours.outcome[v])];
      // The two rules that set us apart here: a filtered row; an indel whose effect allele is REF, where the model does
      // not say which allele is the reference's.
      const Cohort::Row& row = *row_of[v];
      if (ours.outcome[v] == genome::Outcome::filtered) {
        EXPECT_EQ(row.column[6], "LowQual");
      } else {
        EXPECT_EQ(ours.outcome[v], genome::Outcome::ambiguous) << row.fixed << row.calls[s];
        EXPECT_TRUE(effect_of[v] == row.column[3] && row.column[3].size() != row.column[4].size())
            << row.fixed << row.calls[s];
      }
      const model::Term& term = model.terms[variants[v]];
      const model::Int128 d = *counted;
      const model::Int128 unit = dosage_unit;
      alleles += 2;
      switch (term.effect) {
        case Effect::additive:
          sum += term.weights[0] * d * unit;
          break;
        case Effect::dominant:
          sum += d > 0 ? term.weights[0] * unit : 0;
          break;
        case Effect::recessive:
          sum += d > 1 ? term.weights[0] * unit : 0;
          break;
        case Effect::by_count:
          sum += term.weights[*counted] * unit;
          break;
      }
    }
    double plink2_sum = 0;
    std::uint64_t plink2_alleles = 0;
    double digit = 0;  // of the last place written, of all tables
    for (const auto& [modifier, table] : theirs) {
      const Plink2& row = table.at(name);
      const double written = std::strtod(row.sum.c_str(), nullptr);
      plink2_sum += written;
      if (written != 0) digit += std::pow(10, std::floor(std::log10(std::abs(written))) - 5);
      if (!by_count || modifier == "dominant") plink2_alleles += std::stoul(row.alleles);
    }
    const double expected = model::to_double(sum, model::sum_places);
    EXPECT_LE(std::abs(plink2_sum - expected), 0.51 * digit + 1e-12)
        << name << ": SUM " << plink2_sum << ", ours with what it counts " << expected;
    EXPECT_EQ(plink2_alleles, alleles) << name << ": ALLELE_CT";
  }
  return out;
}

void tell(const std::string& name, const Side& side) {
  std::cout << name << ": " << side.variants << " variants, " << side.sites << " with a row, " << side.people
            << " people, " << side.compared << " dosages the same";
  for (const auto& [outcome, number] : side.ruled) std::cout << ", " << number << " " << outcome;
  std::cout << "\n";
}

// cohort_for makes up people at a scoring file's sites: REF is either allele, some rows have a third, some calls are
// missing or half, some rows are filtered or not there.
std::string cohort_for(const bundle::ScoringFile& file, unsigned seed, std::size_t people) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  std::map<std::pair<genome::Chromosome, std::uint64_t>, const genome::Site*> sites;
  const bool by_count = std::ranges::any_of(file.rows, [](const auto& row) { return row.effect == Effect::by_count; });
  for (const bundle::ScoringRow& row : file.rows)
    if (row.site && (row.site->chromosome.is_autosome() || genome::name(row.site->chromosome) == "X"))
      sites.emplace(std::pair{row.site->chromosome, row.site->position}, &*row.site);
  std::string out =
      "##fileformat=VCFv4.2\n##FILTER=<ID=LowQual,Description=\"x\">\n"
      "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n";
  std::set<std::string> contigs;
  for (const auto& [place, site] : sites) contigs.insert(genome::name(place.first));
  for (const std::string& contig : contigs) out += "##contig=<ID=" + contig + ">\n";
  out += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
  for (std::size_t p = 0; p < people; ++p) out += "\tP" + std::to_string(p);
  out += "\n";
  for (const auto& [place, site] : sites) {
    if (sites.size() > 5 && below(12) == 0) continue;
    std::string other = site->other_allele;
    if (other.empty()) other = site->effect_allele.starts_with("A") ? "C" : "A";
    const bool swapped = below(2) == 0;
    const std::string ref = swapped ? site->effect_allele : other;
    std::string alts = swapped ? other : site->effect_allele;
    std::size_t alleles = 2;
    // A third allele has no weight of its own: with weights by dosage, plink2's two parts of them would miss it.
    if (!by_count && ref.size() == 1 && alts.size() == 1 && below(10) == 0) {
      for (const char base : std::string("ACGT"))
        if (base != ref[0] && base != alts[0]) {
          alts = below(2) == 0 ? alts + "," + base : std::string(1, base) + "," + alts;
          ++alleles;
          break;
        }
    }
    out += genome::name(place.first) + "\t" + std::to_string(place.second) + "\t.\t" + ref + "\t" + alts + "\t.\t" +
           (below(25) == 0 ? "LowQual" : "PASS") + "\t.\tGT";
    for (std::size_t p = 0; p < people; ++p) {
      const auto allele = [&] { return std::to_string(below(alleles)); };
      const std::size_t odd = below(40);
      out += "\t" + (odd == 0 ? std::string("./.") : odd == 1 ? "./" + allele() : allele() + "|" + allele());
    }
    out += "\n";
  }
  return out;
}

struct RealFile {
  const char* path;  // below data/pgs
  genome::Build build;
  std::size_t variants;             // that can be scored
  std::size_t filtered, ambiguous;  // dosages of 20 people that plink2 counts and we do not
};

void expect_ruled(const Side& side, std::size_t filtered, std::size_t ambiguous) {
  std::map<std::string_view, std::size_t> expected;
  if (filtered != 0) expected["filtered"] = filtered;
  if (ambiguous != 0) expected["ambiguous"] = ambiguous;
  EXPECT_EQ(side.ruled, expected);
}

TEST(Plink2, RealScoringFilesOverMadeUpPeople) {
  GLOVEBOX_NEEDS(shared() / "data/pgs");
  if (!installed("plink2")) GTEST_SKIP() << "needs plink2, which is not here";
  using genome::Build;
  for (const RealFile& one :
       {RealFile{"core/PGS000001_hmPOS_GRCh37.txt.gz", Build::grch37, 77, 38, 0},
        RealFile{"core/PGS000001_hmPOS_GRCh38.txt.gz", Build::grch38, 77, 38, 0},
        RealFile{"core/PGS000002_hmPOS_GRCh38.txt.gz", Build::grch38, 77, 38, 0},
        RealFile{"core/PGS000802_hmPOS_GRCh37.txt", Build::grch37, 19, 38, 0},
        RealFile{"core/PGS004255_hmPOS_GRCh38.txt.gz", Build::grch38, 30, 0, 0},
        RealFile{"core/OPGS002493.txt.gz", Build::grch37, 23, 38, 0},
        RealFile{"core/OPGS017309_hmPOS_GRCh38.txt.gz", Build::grch38, 697, 519, 0},
        RealFile{"core/OPGS019828.txt", Build::grch37, 1, 0, 0},
        RealFile{"structured/PGS001229_hmPOS_GRCh38.txt.gz", Build::grch38, 51181, 36403, 3277}}) {
    SCOPED_TRACE(one.path);
    const bundle::ScoringFile file = scoring_file(read(shared() / "data/pgs" / one.path), one.build);
    const Side side = side_by_side(file, cohort_for(file, 7, 20), one.build);
    tell(one.path, side);
    EXPECT_EQ(side.variants, one.variants);
    EXPECT_GT(side.compared, side.sites * 15);
    expect_ruled(side, one.filtered, one.ambiguous);
  }
}

// know_references tells the model which alleles are the reference's, as `glovebox model pack --reference` does.
void know_references(bundle::ScoringFile& file, genome::Build build, View vcf) {
  std::vector<genome::Site*> sites;
  for (bundle::ScoringRow& row : file.rows)
    if (row.site) sites.push_back(&*row.site);
  bundle::ReferenceReader reader(build, sites);
  EXPECT_TRUE(reader.feed(vcf));
  EXPECT_TRUE(reader.finish());
}

TEST(Plink2, RealScoringFilesOverRealPeople) {
  GLOVEBOX_NEEDS(shared() / "data/genotypes");
  GLOVEBOX_NEEDS(shared() / "data/pgs");
  if (!installed("plink2")) GTEST_SKIP() << "needs plink2, which is not here";
  const auto data = shared() / "data";
  const fs::path thousand = data / "genotypes/tiny1000G/tiny1000G.vcf.gz";
  const fs::path cineca = data / "genotypes/cineca/cineca_synthetic_subset.vcf.gz";
  struct Pair {
    fs::path scoring, vcf;
    genome::Build build;
    std::size_t sites, ambiguous;
  };
  // 626 of CINECA's: two indels of the 829 variants, in 313 people.
  for (const Pair& one :
       {Pair{data / "pgs/structured/PGS001229_hmPOS_GRCh38.txt.gz", thousand, genome::Build::grch38, 983, 0},
        Pair{data / "genotypes/cineca/PGS001229_22.txt", cineca, genome::Build::grch37, 829, 626},
        Pair{data / "genotypes/cineca/scorefile.txt", cineca, genome::Build::grch37, 829, 626},
        Pair{data / "genotypes/cineca/scorefile_dominant_and_recessive.txt", cineca, genome::Build::grch37, 829,
             626}}) {
    SCOPED_TRACE(one.scoring.string());
    bundle::ScoringFile file = scoring_file(read(one.scoring), one.build);
    const std::string vcf = text_of(one.vcf);
    const Side side = side_by_side(file, vcf, one.build, 8);
    tell(one.scoring.filename().string() + " over " + one.vcf.filename().string(), side);
    EXPECT_EQ(side.sites, one.sites);
    expect_ruled(side, 0, one.ambiguous);
    know_references(file, one.build, view_of(vcf));
    const Side known = side_by_side(file, vcf, one.build, 64);
    expect_ruled(known, 0, 0);
  }
}

}  // namespace
}  // namespace glovebox::scoring
