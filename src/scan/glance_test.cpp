// A glance says of a row what the reference's parser says, and more only where it must.
#include "scan/glance.h"

#include "scan/picked_testing.h"

namespace glovebox::scan {
namespace {
using namespace test;

TEST(Glance, AgreesWithTheReferencesParser) {
  Random random(11);
  genome::Header header;
  header.has_format = true;
  header.samples = {"S1"};
  int parsed = 0, reaching = 0;
  for (int round = 0; round < 60'000; ++round) {
    const auto any = [&](std::initializer_list<const char*> words) {
      return *(words.begin() + below(random, words.size()));
    };
    const std::string row = std::string(any({"1", "chrX", "GL1"})) + "\t" + any({"0", "1", "1000", "7", "x"}) + "\t" +
                            any({".", "rs1"}) + "\t" + any({"A", "AC", "ACGTACGTAC", "n"}) + "\t" +
                            any({".", "G", "G,T", "<NON_REF>", "C,<*>", "<DEL>", "*", "G]2:5]", "<INS>,G", ".A"}) +
                            "\t" + any({".", "5"}) + "\t" + any({"PASS", "q;s", "."}) + "\t" +
                            any({".", "END=1003", "DP=3;END=2000", "END=3", "XEND=9;END=1500;END=1600", "SVLEN=-50",
                                 "END=.;SVLEN=9", "END=x", "END=1002;A", "SVLEN=8;END=1100", "SEND=5"}) +
                            "\t" + any({"GT", "GT:LEN", "GT:XLEN", "GT:DP:LEN", "GT:LENX"}) + "\t" +
                            any({"0/1", "0/1:5", "0:8:40"});
    const auto read = genome::parse_record({row, "\n", 1}, header, 0);
    const std::string ended = row + any({"", "\n", "\r\n"});
    const auto seen = glance(ended);
    if (!read) continue;
    ++parsed;
    if (!seen && row.contains("END=x")) continue;  // LEN goes before it; a glance does not go into that
    ASSERT_TRUE(seen) << row;
    ASSERT_EQ(seen->chrom, read->chrom);
    ASSERT_EQ(seen->pos, read->pos);
    ASSERT_EQ(seen->ref_end, read->ref_end());
    ASSERT_TRUE(seen->end == read->end || seen->beyond_indexes || seen->reaches) << row;
    ASSERT_TRUE(seen->beyond_indexes || seen->end >= read->end) << row;
    if (read->end > read->ref_end()) {
      ASSERT_TRUE(seen->reaches) << row;
      ++reaching;
    }
  }
  EXPECT_GT(parsed, 10'000);
  EXPECT_GT(reaching, 1'000);
}

TEST(Glance, RefusesWhatIsNoRow) {
  for (const char* row : {"", "\n", "#CHROM\tPOS\tID\tREF\tALT\t", "1\t5\t.\tA", "1\t5\t.\tA\tG", "1\t-5\t.\tA\tG\t.",
                          "\t5\t.\tA\tG\t.", "1\t5\t.\t\tG\t.", "1\t99999999999999999999\t.\tA\tG\t.\t.\t.",
                          "1\t5\t.\tA\t.\t.\t", "1\t5\t.\tA\t<X>\t.\t.\tEND=99999999999999999999"})
    EXPECT_FALSE(glance(row)) << row;
}

}  // namespace
}  // namespace glovebox::scan
