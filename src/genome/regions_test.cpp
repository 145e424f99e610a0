#include "genome/regions.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

Result<Callable> regions(const Panel& panel, View file, std::size_t piece = 0) {
  CallableReader reader(panel);
  if (piece == 0) piece = std::max<std::size_t>(file.size(), 1);
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (!reader.feed(file.subspan(at, std::min(piece, file.size() - at)))) break;
  return reader.finish();
}

// Sites at 1:100 to 1:109, 2:50, a deletion of three bases at 2:60, and X:5.
Panel sites() {
  std::vector<Site> out;
  for (std::uint64_t at = 100; at < 110; ++at) out.push_back(site("1", at, "G", "A", ReferenceAllele::other));
  out.push_back(site("2", 50, "G", "A"));
  out.push_back(site("2", 60, "C", "CTTT", ReferenceAllele::other));
  out.push_back(site("X", 5, "G", "A"));
  return panel(out);
}
// bits writes which sites are callable, 1 or 0 each.
std::string bits(std::string text, std::size_t piece = 0) {
  std::ranges::replace(text, ' ', '\t');
  const Panel wanted = sites();
  const auto got = regions(wanted, view_of(text), piece);
  if (!got) return std::string(name(got.error().reason));
  std::string out;
  for (std::size_t i = 0; i < wanted.size(); ++i) out += got->covers(i) ? '1' : '0';
  return out;
}

TEST(Regions, CountFromZeroWithoutTheEnd) {
  EXPECT_EQ(bits("1 99 100\n"), "1000000000000");
  EXPECT_EQ(bits("1 100 101\n"), "0100000000000");
  EXPECT_EQ(bits("1 98 99\n"), "0000000000000");
  EXPECT_EQ(bits("1 0 249250621\n"), "1111111111000");
  EXPECT_EQ(bits("1 105 105\n"), "0000000000000") << "nothing is in it";
  EXPECT_EQ(bits(""), "0000000000000");
}

TEST(Regions, TakeAnyName) {
  for (const char* contig : {"1", "chr1", "CHR1", "NC_000001.10"})
    EXPECT_EQ(bits(std::string(contig) + " 99 102\n"), "1110000000000") << contig;
  EXPECT_EQ(bits("chrX 0 10\nchrM 0 16571\nGL000207.1 0 5\nchr6_apd_hap1 0 9\n"), "0000000000001");
  EXPECT_EQ(bits("NC_000001.11 99 102\n"), "build_mismatch");
}

TEST(Regions, MayStandInAnyOrderAndOverlap) {
  EXPECT_EQ(bits("1 104 106\n2 0 100\n1 99 101\n1 100 105\n"), "1111111000110");
  EXPECT_EQ(bits("1 99 101\r\n1 100 103\r\n"), "1111000000000");
}

TEST(Regions, OneMustHoldAllOfTheReferenceAllele) {
  EXPECT_EQ(bits("2 59 63\n"), "0000000000010");
  EXPECT_EQ(bits("2 59 62\n"), "0000000000000");
  EXPECT_EQ(bits("2 59 62\n2 62 70\n"), "0000000000000") << "two regions that touch are not joined";
  EXPECT_EQ(bits("2 59 62\n2 59 63\n"), "0000000000010");
}

TEST(Regions, CommentsAreSkipped) {
  EXPECT_EQ(bits("browser position chr1:1-5\ntrack name=\"x\"\n#chrom start end\n\n1 99 100 name 0 +\n"),
            "1000000000000");
  EXPECT_EQ(bits("track\n1 99 100"), "1000000000000");
  EXPECT_EQ(bits("tracks 99 100\n"), "0000000000000") << "a contig of that name";
}

TEST(Regions, AreRefusedWithTheLine) {
  for (const char* text : {"1\n", "1 5\n", "1 5 x\n", "1 x 5\n", "1 5 4\n", "1 -1 4\n", "1 1.0 4\n",
                           "1 99999999999999999999 4\n", " 1 5\n", "1  5\n"})
    EXPECT_EQ(bits(text), "regions_malformed") << text;
  EXPECT_EQ(bits("1 5 249250622\n"), "build_mismatch");
  EXPECT_EQ(bits("1 0 5\n" + std::string(bed_line_max + 1, 'x')), "too_large");
  const Panel wanted = sites();
  const auto got = regions(wanted, view_of("#x\nchr1\t7\t5\n"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().found, "line 2, end: 5");
}

TEST(Regions, VectorsAreRefusedByName) {
  const Panel one = panel({site("1", 100, "G", "A")});
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(vectors() / "bed")) {
    const std::string file = entry.path().filename().string();
    if (file == "README.md") continue;
    for (const std::size_t piece : {std::size_t{0}, std::size_t{1}}) {
      const auto got = regions(one, read(entry.path()), piece);
      EXPECT_EQ(reason_of(got), file.substr(0, std::min(file.find('-'), file.find('.')))) << file;
      EXPECT_TRUE(!got || got->covers(0)) << file;
    }
    ++count;
  }
  EXPECT_EQ(count, 12U);
}

TEST(Regions, OfAnyForm) {
  const Panel wanted = sites();
  const std::string text = "chr1\t99\t102\nchr2\t0\t100\n";
  for (const Bytes& file : {gzip_member(view_of(text), false), bgzf(view_of(text), 7)})
    for (const std::size_t piece : {std::size_t{0}, std::size_t{1}}) {
      const auto got = regions(wanted, file, piece);
      ASSERT_TRUE(got) << describe(got.error_or(Error{}));
      EXPECT_TRUE(got->covers(2) && got->covers(11) && !got->covers(3));
    }
  EXPECT_EQ(reason_of(regions(wanted, bgzf(view_of(text), 7, false))), "truncated");
  EXPECT_EQ(bits("1 99 101\n2 0 60\n", 1), bits("1 99 101\n2 0 60\n"));
}

TEST(Regions, ManyOverSitesAlreadyCallableCostLittle) {
  std::vector<Site> many;
  for (std::uint64_t at = 1; at <= 200'000; ++at) many.push_back(site("1", at, "G", "A"));
  const Panel wanted = panel(many);
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "1\t0\t249250621\n";
  const auto got = regions(wanted, view_of(text));  // 10^10 steps, were each region to visit each site
  ASSERT_TRUE(got);
  for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_TRUE(got->covers(i));
}

TEST(Regions, AgreeWithTheObviousOnRandomLines) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Site> some;
    for (int i = 0; i < 40; ++i) {
      Site s = site(random() % 2 ? "1" : "2", 1 + random() % 60, "G", "A");
      if (random() % 3 == 0) {
        s.effect_allele = std::string(1 + random() % 6, 'C') + "G";
        s.reference = ReferenceAllele::effect;
      }
      some.push_back(s);
    }
    const Panel wanted = panel(some);
    std::string text;
    std::vector<bool> expected(some.size());
    for (int i = 0; i < 8; ++i) {
      const std::uint64_t chromosome = 1 + random() % 2, start = random() % 60, end = start + random() % 20;
      text += std::to_string(chromosome) + "\t" + std::to_string(start) + "\t" + std::to_string(end) + "\n";
      for (std::size_t k = 0; k < some.size(); ++k) {
        const std::size_t size = some[k].reference == ReferenceAllele::effect ? some[k].effect_allele.size() : 1;
        if (some[k].chromosome.number == chromosome && some[k].position > start && some[k].position + size - 1 <= end)
          expected[k] = true;
      }
    }
    const auto got = regions(wanted, view_of(text)).value();
    for (std::size_t k = 0; k < some.size(); ++k) ASSERT_EQ(got.covers(k), expected[k]) << round << " " << k;
  }
}

}  // namespace
}  // namespace glovebox::genome
