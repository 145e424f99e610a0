// gVCFs of bcftools' own tests: read at every position, they say what bcftools says when it expands or merges them.
#include <iostream>
#include <map>

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;
namespace fs = std::filesystem;

fs::path folder() {
  return shared() / "data/bcftools";
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(separator, at), text.size());
    out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}
std::vector<std::vector<std::string>> rows_of(const std::string& file) {
  std::vector<std::vector<std::string>> out;
  const Bytes bytes = read(folder() / file);
  for (const auto& line : split(text_of(bytes), '\n'))
    if (!line.empty() && !line.starts_with('#')) out.push_back(split(line, '\t'));
  return out;
}

// Said is what an expected output says about one position.
struct Said {
  std::string chromosome;
  std::uint64_t position = 0;
  std::string ref, alt;  // one base each; alt is any other where none is spelled out
  std::string filter, gt;
  int copies = 0;  // of alt, where the call is whole
  bool missing() const { return gt.contains('.'); }
};

std::vector<Said> said_by(const std::string& file, std::size_t sample) {
  std::vector<Said> out;
  for (const auto& row : rows_of(file)) {
    const auto alts = split(row[4], ',');
    const std::string gt = split(row.at(9 + sample), ':')[0];
    int spelled_out = 0;  // the number of an ALT that is a base: the one that the sample has, or the first
    for (std::size_t i = alts.size(); i-- > 0;) {
      const bool has = spelled_out > 0 && gt.contains(static_cast<char>('0' + spelled_out));
      if (alts[i].size() == 1 && alts[i] != "." && !has) spelled_out = static_cast<int>(i) + 1;
    }
    if (row[3].size() != 1) continue;
    std::uint64_t end = std::stoull(row[1]);
    if (const auto at = row[7].find("END="); spelled_out == 0 && at != std::string::npos)
      end = std::stoull(row[7].substr(at + 4));
    for (std::uint64_t position = std::stoull(row[1]); position <= end; ++position) {
      Said s;
      s.chromosome = row[0];
      s.position = position;
      s.filter = row[6];
      s.gt = gt;
      s.ref = position == std::stoull(row[1]) && row[3] != "N" ? row[3] : "A";
      s.alt = spelled_out > 0 ? alts[static_cast<std::size_t>(spelled_out) - 1] : s.ref == "C" ? "G" : "C";
      if (spelled_out > 0)
        for (const char c : s.gt) s.copies += c == static_cast<char>('0' + spelled_out) ? 1 : 0;
      out.push_back(s);
    }
  }
  return out;
}

// compare reads `file` at all positions that `said` names, for ALT and for REF. `filters` says that a FILTER counts.
void compare(const std::string& file, const std::vector<Said>& said, Build build, Rules rules) {
  std::vector<Site> sites;
  for (const Said& s : said) {
    sites.push_back(site(s.chromosome, s.position, s.alt, s.ref, ReferenceAllele::other));
    sites.push_back(site(s.chromosome, s.position, s.ref, s.alt, ReferenceAllele::effect));
  }
  rules.kind = InputKind::gvcf;
  rules.absence = Absence::missing;
  // Some headers call chromosome 2 as long as chromosome 1, which is a build_mismatch; the contigs are left out here.
  std::string text;
  const Bytes bytes = read(folder() / file);
  for (const auto& line : split(text_of(bytes), '\n'))
    if (!line.empty() && !line.starts_with("##contig")) text += line + "\n";
  const auto got = extract(panel(sites, build), text, {.build = build, .rules = rules});
  ASSERT_TRUE(got) << describe(got.error_or(Error{}));
  std::map<std::string, int> outcomes;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const Said& s = said[i];
    const auto outcome = got->dosages.outcome[2 * i];
    const std::string where = file + " " + s.chromosome + ":" + std::to_string(s.position);
    const double alt = copies(got->dosages)[2 * i];
    const double ref = copies(got->dosages)[2 * i + 1];
    ++outcomes[std::string(name(outcome))];
    if (s.filter != "PASS" && s.filter != "." && !s.missing()) {
      EXPECT_EQ(outcome, Outcome::filtered) << where;
    } else if (s.missing()) {
      EXPECT_TRUE(outcome == Outcome::missing_call || outcome == Outcome::absent || outcome == Outcome::filtered)
          << where << " " << name(outcome);
    } else {
      EXPECT_EQ(alt, s.copies) << where << " " << name(outcome);
      EXPECT_EQ(ref, 2 - s.copies) << where << " " << name(outcome);
      if (s.copies == 0) {
        EXPECT_TRUE(outcome == Outcome::homref_from_block || outcome == Outcome::matched) << where;
      }
    }
  }
  std::cout << file << ": " << said.size() << " positions:";
  for (const auto& [outcome, count] : outcomes) std::cout << " " << outcome << " " << count;
  std::cout << "\n";
}

TEST(BcftoolsGvcf, BlocksAreWhatConvertExpandsThemTo) {
  GLOVEBOX_NEEDS(folder());
  // `bcftools convert --gvcf2vcf -i 'FILTER="PASS"'`: blocks that pass become one row for each base, which it takes
  // from the reference; so must ours be. GQX is 30 and more in those that pass.
  const auto said = said_by("convert.gvcf.out", 0);
  EXPECT_EQ(said.size(), 450U);
  compare("convert.gvcf.vcf", said, Build::grch37, {.min_gq = 0});
  compare("convert.gvcf.vcf", said, Build::grch37, {});
}

TEST(BcftoolsGvcf, BlocksAreWhatMergeCutsThemTo) {
  GLOVEBOX_NEEDS(folder());
  struct Case {
    std::string merged;
    std::vector<std::string> inputs;  // one sample each, in the merged file's order
    Build build;
  };
  const std::vector<Case> cases = {
      {"merge.gvcf.5.1.out", {"merge.gvcf.5.a.vcf", "merge.gvcf.5.b.vcf"}, Build::grch38},
      {"merge.gvcf.9.1.out",
       {"merge.gvcf.9a.vcf", "merge.gvcf.9b.vcf", "merge.gvcf.9c.vcf", "merge.gvcf.9d.vcf"},
       Build::grch37},
      {"merge.gvcf.10.3.out", {"merge.gvcf.10.a.vcf", "merge.gvcf.10.b.vcf"}, Build::grch38},
      {"merge.gvcf.11.1.out", {"merge.gvcf.11.a.vcf", "merge.gvcf.11.b.vcf", "merge.gvcf.11.c.vcf"}, Build::grch38}};
  for (const Case& c : cases)
    for (std::size_t i = 0; i < c.inputs.size(); ++i)
      compare(c.inputs[i], said_by(c.merged, i), c.build, {.min_gq = 0});
}

TEST(BcftoolsGvcf, MissingBlocksAreMissingAsInItsConsensus) {
  GLOVEBOX_NEEDS(folder());
  std::vector<Site> sites;
  std::string expected;
  const Bytes fasta = read(folder() / "consensus.gvcf-missing.1.out");
  std::string chromosome;
  for (const auto& line : split(text_of(fasta), '\n')) {
    if (line.starts_with('>')) {
      chromosome = line.substr(1);
      continue;
    }
    for (std::size_t i = 0; i < line.size(); ++i)
      sites.push_back(site(chromosome, i + 1, "G", "A", ReferenceAllele::other));
    expected += line;
  }
  const auto got = extract(panel(sites), read(folder() / "consensus.gvcf-missing.1.vcf"),
                           {.build = Build::grch37, .rules = {.kind = InputKind::gvcf, .absence = Absence::missing}});
  ASSERT_TRUE(got) << describe(got.error_or(Error{}));
  ASSERT_EQ(sites.size(), 18U);
  for (std::size_t i = 0; i < sites.size(); ++i)
    EXPECT_EQ(got->dosages.outcome[i], expected[i] == 'N' ? Outcome::missing_call : Outcome::absent) << i;
}

// `bcftools +gvcfz` joins rows to blocks. Its output is a table (POS REF ALT FILTER END GT ...), of which blocks are
// made again here: those without a filter must say of each position what the row said. Those with one join rows of any
// GT under 0/0, so that a filter must be heeded.
TEST(BcftoolsGvcf, BlocksThatGvcfzJoinedAreTheirRows) {
  GLOVEBOX_NEEDS(folder());
  std::map<std::uint64_t, std::string> row_gt;
  std::vector<Site> sites;
  for (const auto& row : rows_of("gvcfz.2.vcf")) {
    // It joins an indel that is called 1/1 to the block of its first base; of bases alone it says no such thing.
    if (row[3].size() != 1) continue;
    row_gt[std::stoull(row[1])] = split(row[9], ':')[0];
    sites.push_back(site("1", std::stoull(row[1]), row[3], row[3] == "C" ? "G" : "C", ReferenceAllele::effect));
  }
  std::string text = head37 + columns;
  for (const auto& row : rows_of("gvcfz.2.out"))
    text += tabs("1 " + row[0] + " . " + row[1] + " . . " + row[3] + " END=" + row[4] + " GT " + row[5] + "\n");
  const Rules rules = {.kind = InputKind::gvcf, .absence = Absence::missing, .min_gq = 0};
  const auto joined = extract(panel(sites), text, {.build = Build::grch37, .rules = rules});
  ASSERT_TRUE(joined) << describe(joined.error_or(Error{}));
  std::size_t same = 0;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (joined->dosages.dosage[i] == missing_dosage) continue;
    EXPECT_EQ(row_gt[sites[i].position], "0/0") << sites[i].position;
    EXPECT_EQ(copies(joined->dosages)[i], 2);
    ++same;
  }
  EXPECT_EQ(same, 9U);
}

TEST(BcftoolsGvcf, LikelihoodsWithoutACallAreNotRead) {
  GLOVEBOX_NEEDS(folder());
  for (const char* file : {"merge.gvcf.2.a.vcf", "merge.gvcf.4.a.vcf"}) {
    const auto got = extract(panel({site("2", 21444420, "G", "A", ReferenceAllele::other),
                                    site("20", 6281870, "G", "A", ReferenceAllele::other)}),
                             read(folder() / file),
                             {.build = Build::grch37, .rules = {.kind = InputKind::gvcf, .absence = Absence::missing}});
    if (!got) {
      EXPECT_EQ(reason_of(got), "build_mismatch") << describe(got.error());
      continue;
    }
    EXPECT_EQ(got->dosages.count(Outcome::unsupported), 1U) << file;
  }
  for (const char* file : {"merge.gvcf.7.a.vcf", "merge.gvcf.8.b.vcf"})
    EXPECT_EQ(reason_of(extract(panel({site("1", 5, "G", "A")}), read(folder() / file))), "no_samples");
}

}  // namespace
}  // namespace glovebox::genome
