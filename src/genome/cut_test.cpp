#include "genome/cut.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

struct Cut {
  std::string text;
  Status status;
};
Cut cut(View file, std::optional<std::string> sample, std::size_t piece = 0) {
  Cut out;
  SampleCutter cutter(
      std::move(sample),
      [&](View text) -> Status {
        out.text += text_of(text);
        return {};
      },
      SampleCutter::for_cohorts());
  if (piece == 0) piece = std::max<std::size_t>(file.size(), 1);
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (out.status = cutter.feed(file.subspan(at, std::min(piece, file.size() - at))); !out.status) return out;
  out.status = cutter.finish();
  return out;
}

TEST(SampleCutter, KeepsOneColumnAndEverythingElseByteForByte) {
  const std::string fixed = "##fileformat=VCFv4.2\r\n##x= a b \n";
  const std::string many = fixed +
                           "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\tC\r\n1\t1\t.\tA\tG\t.\t.\tAC="
                           "2\tGT:X\t0/0:a\t0/1:b c\t1/1\n1\t2\t.\tA\tG\t.\t.\t.\tGT\t0/0\t\t1/1";
  const std::string one = fixed +
                          "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tB\r\n1\t1\t.\tA\tG\t.\t.\tAC=2\tGT:"
                          "X\t0/1:b c\n1\t2\t.\tA\tG\t.\t.\t.\tGT\t";
  for (const std::size_t piece : {0U, 1U, 5U}) {
    EXPECT_EQ(cut(view_of(many), "B", piece).text, one);
    EXPECT_EQ(cut(bgzf(view_of(many), 20), "B", piece).text, one);
  }
  EXPECT_EQ(cut(view_of(one), std::nullopt).text, one) << "nothing to cut";
  EXPECT_EQ(reason_of(cut(view_of(many), std::nullopt).status), "sample_ambiguous");
  EXPECT_EQ(reason_of(cut(view_of(many), "D").status), "sample_unknown");
  EXPECT_EQ(reason_of(cut(view_of(fixed + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"), "D").status),
            "no_samples");
  EXPECT_EQ(reason_of(cut(view_of(many + "\t0/1"), "B").status), "vcf_malformed");
}

TEST(SampleCutter, LeavesNothingOfTheOthers) {
  const auto file = shared() / "data/genotypes/tiny1000G/tiny1000G.vcf.gz";  // 3,202 people
  GLOVEBOX_NEEDS(file);
  const Bytes all = read(file);
  const Cut got = cut(all, "NA19240", 10000);
  ASSERT_TRUE(got.status);
  EXPECT_EQ(got.text.find("HG00096"), std::string::npos);
  std::vector<Site> sites;
  for (std::size_t at = 0; at < got.text.size();) {
    const auto end = got.text.find('\n', at);
    const std::string_view line = std::string_view(got.text).substr(at, end - at);
    if (!line.starts_with('#')) {
      EXPECT_EQ(std::ranges::count(line, '\t'), 9);
      std::vector<std::string> f;
      for (std::size_t from = 0; f.size() < 5;) {
        const auto tab = line.find('\t', from);
        f.emplace_back(line.substr(from, tab - from));
        from = tab + 1;
      }
      if (chromosome_of(f[0])->is_autosome()) sites.push_back(site(f[0], std::stoull(f[1]), f[4], f[3]));
    }
    at = end + 1;
  }
  ASSERT_GT(sites.size(), 900U);
  const Panel wanted = panel(sites, Build::grch38);
  const auto from_cut = extract(wanted, got.text, {.build = Build::grch38, .rules = {.absence = Absence::missing}});
  const auto from_all =
      extract(wanted, all, {.build = Build::grch38, .rules = {.absence = Absence::missing}, .sample = "NA19240"});
  ASSERT_TRUE(from_cut) << describe(from_cut.error_or(Error{}));
  ASSERT_TRUE(from_all) << describe(from_all.error_or(Error{}));
  EXPECT_EQ(from_cut->dosages.dosage, from_all->dosages.dosage);
  EXPECT_EQ(from_cut->dosages.outcome, from_all->dosages.outcome);
}

}  // namespace
}  // namespace glovebox::genome
