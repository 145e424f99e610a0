#include "genome/build.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

Header with(std::vector<Contig> contigs) {
  Header header;
  header.contigs = std::move(contigs);
  return header;
}
std::string said(const Result<BuildStanding>& result) {
  return result ? std::string(name(*result)) : std::string(name(result.error().reason));
}

TEST(Chromosome, IsKnownUnderItsNames) {
  for (unsigned n = 1; n <= 22; ++n) {
    EXPECT_EQ(chromosome_of(std::to_string(n))->number, n);
    EXPECT_EQ(chromosome_of("chr" + std::to_string(n))->number, n);
    EXPECT_EQ(chromosome_of("CHR" + std::to_string(n))->number, n);
  }
  EXPECT_EQ(chromosome_of("chrX"), chromosome_x);
  EXPECT_EQ(chromosome_of("Y"), chromosome_y);
  EXPECT_EQ(chromosome_of("chrM"), chromosome_mt);
  EXPECT_EQ(chromosome_of("MT"), chromosome_mt);
  EXPECT_EQ(chromosome_of("NC_000022.11")->number, 22);
  EXPECT_EQ(chromosome_of("NC_000001.10")->number, 1);
  EXPECT_EQ(chromosome_of("NC_000024.9"), chromosome_y);
  EXPECT_EQ(chromosome_of("23"), chromosome_x);  // as PLINK numbers them
  EXPECT_EQ(chromosome_of("chr24"), chromosome_y);
  EXPECT_EQ(chromosome_of("26"), chromosome_mt);
  for (const char* other : {"", "chr", "0", "01", "25", "27", "chr1_KI270706v1_random", "1ABC", "<1>", "GL000207.1",
                            "HLA-A*01:01", "NC_000025.1", "NC_000001.", "NC_000001", "chrUn", "+1", "1 "})
    EXPECT_FALSE(chromosome_of(other)) << other;
}

TEST(Build, IsCheckedAgainstLengths) {
  const auto g37 = Build::grch37, g38 = Build::grch38;
  EXPECT_EQ(said(check_build(with({{"chr1", 249250621}}), g37, g37)), "checked");
  EXPECT_EQ(said(check_build(with({{"1", 248956422}}), g38, g38)), "checked");
  EXPECT_EQ(said(check_build(with({{"1", 248956422}}), std::nullopt, g38)), "from the header");
  EXPECT_EQ(said(check_build(with({{"1", 248956422}}), std::nullopt, g37)), "build_mismatch");
  EXPECT_EQ(said(check_build(with({{"1", 248956422}}), g37, g37)), "build_mismatch")
      << "shorter, but exactly the other build's";
  EXPECT_EQ(said(check_build(with({{"1", 249250621}}), g38, g38)), "build_mismatch") << "longer";
  EXPECT_EQ(said(check_build(with({{"1", 248387328}}), g38, g38)), "build_mismatch") << "T2T-CHM13";
  EXPECT_EQ(said(check_build(with({{"22", 49691432}}), g37, g37)), "build_mismatch") << "NCBI36";
  EXPECT_EQ(said(check_build(with({{"22", 51174940}}), g37, g37)), "declared, not checked")
      << "PLINK writes the last position";
  EXPECT_EQ(said(check_build(with({{"22", 51174940}}), g38, g38)), "build_mismatch");
  EXPECT_EQ(said(check_build(with({{"22", std::nullopt}}), g37, g37)), "declared, not checked");
  EXPECT_EQ(said(check_build(with({}), g37, g37)), "declared, not checked");
  EXPECT_EQ(said(check_build(with({}), std::nullopt, g37)), "build_unknown");
  EXPECT_EQ(said(check_build(with({{"22", 51174940}}), std::nullopt, g37)), "build_unknown");
  EXPECT_EQ(said(check_build(with({{"1", 249250621}}), g37, g38)), "build_mismatch") << "the model is on the other";
  EXPECT_EQ(said(check_build(with({{"chrM", 16571}, {"1", 249250621}}), g37, g37)), "checked") << "hg19's chrM";
  EXPECT_EQ(said(check_build(with({{"1", 249250621}, {"2", 242193529}}), g37, g37)), "build_mismatch");
  EXPECT_EQ(said(check_build(with({{"NC_000001.11", std::nullopt}}), g38, g38)), "checked");
  EXPECT_EQ(said(check_build(with({{"NC_000001.11", std::nullopt}}), g37, g37)), "build_mismatch");
}

TEST(Build, LengthsAreThoseOfRealHeaders) {
  const auto file =
      shared() / "data/fhir/vcf2fhir/HG00403A.vcf.gz";  // Complete Genomics, build 37, 24 contigs with lengths
  GLOVEBOX_NEEDS(file);
  std::size_t checked = 0;
  VcfStream stream({.header = [&](const Line&, const Header& header) -> Status {
    for (const Contig& contig : header.contigs)
      if (const auto chromosome = chromosome_of(contig.name); chromosome && contig.length) {
        EXPECT_EQ(*contig.length, length_of(Build::grch37, *chromosome)) << contig.name;
        ++checked;
      }
    return {};
  }});
  ASSERT_TRUE(stream.feed(read(file)));
  EXPECT_EQ(checked, 25U);
}

TEST(Build, PositionsBeyondTheEndAreAnotherBuild) {
  const Panel on38 = panel({site("22", 20000000, "G", "A")}, Build::grch38);
  const std::string head = "##fileformat=VCFv4.1\n##contig=<ID=22>\n" + columns;
  const auto at = [&](std::uint64_t pos) {
    return reason_of(extract(on38, head + tabs("22 " + std::to_string(pos) + " . A G . . . GT 0/1\n"),
                             {.build = Build::grch38, .rules = {.absence = Absence::missing}}));
  };
  EXPECT_EQ(at(50818468), "accepted");
  EXPECT_EQ(at(50818469), "accepted") << "the telomere";
  EXPECT_EQ(at(50818470), "build_mismatch");
}

TEST(Build, IsDoubtfulWhereAllelesAreNotTheModels) {
  std::vector<Site> sites;
  for (std::uint64_t i = 0; i < 20; ++i) sites.push_back(site("1", 1000 + i * 10, "G", "A"));
  const auto with_others = [&](std::size_t others) {
    std::string text = head37 + columns;
    for (std::size_t i = 0; i < 20; ++i)
      text += tabs("1 " + std::to_string(1000 + i * 10) + (i < others ? " . C T" : " . A G") + " . . . GT 0/1\n");
    return reason_of(extract(panel(sites), text));
  };
  EXPECT_EQ(with_others(0), "accepted");
  EXPECT_EQ(with_others(2), "accepted");
  EXPECT_EQ(with_others(3), "build_doubtful");
  EXPECT_EQ(with_others(20), "build_doubtful");
}

}  // namespace
}  // namespace glovebox::genome
