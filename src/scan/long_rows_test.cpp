// Rows too long for the window that the filter looks at: they go to the reference, and the rows behind them are still
// held to them.
#include "scan/scan_testing.h"

namespace glovebox::scan::test {
namespace {

std::string padded_info(std::string info) {
  return info + ";X=" + std::string(std::size_t{300} << 10, 'A');
}

void both(const std::string& text, const std::string& expected) {
  const genome::Panel panel = genome::test::panel({site("1", 1000, "A", "G")});
  const genome::Options options = {.build = genome::Build::grch37,
                                   .rules = {.kind = genome::InputKind::gvcf, .absence = genome::Absence::homref}};
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20}) {
    genome::Extraction reference(panel, options);
    for (const Instructions instructions : {Instructions::best, Instructions::portable}) {
      Extraction fast(panel, options, {.instructions = instructions});
      for (View left = view_of(text); !left.empty(); left = left.subspan(std::min(piece, left.size())))
        if (!fast.feed(left.first(std::min(piece, left.size())))) break;
      const auto got = fast.finish();
      ASSERT_EQ(got ? "read" : std::string(name(got.error().reason)), expected);
    }
    (void)reference.feed(view_of(text));  // finish says what it said
    const auto slow = reference.finish();
    EXPECT_EQ(slow ? "read" : std::string(name(slow.error().reason)), expected);
  }
}

void both(std::initializer_list<std::string> rows, const std::string& expected) {
  both(genome::test::vcf(rows), expected);
}

TEST(LongRows, ARowBeforeALongOneIsOutOfOrder) {
  both({"1 100 A <NON_REF> PASS END=150 GT 0/0", "1 5000000 A <NON_REF> PASS " + padded_info("END=6000000") + " GT 0/0",
        "1 200 A <NON_REF> PASS END=210 GT 0/0", "1 900 A <NON_REF> PASS END=1100 GT 0/0"},
       "vcf_unsorted");
}

TEST(LongRows, AContigThatComesBackBehindALongOneIsOutOfOrder) {
  both({"1 100 A <NON_REF> PASS END=150 GT 0/0", "2 5000000 A <NON_REF> PASS " + padded_info("END=6000000") + " GT 0/0",
        "1 200 A <NON_REF> PASS END=210 GT 0/0", "1 900 A <NON_REF> PASS END=1100 GT 0/0"},
       "vcf_unsorted");
}

TEST(LongRows, InOrderTheyAreRead) {
  both({"1 100 A <NON_REF> PASS END=150 GT 0/0", "1 200 A <NON_REF> PASS " + padded_info("END=300") + " GT 0/0",
        "1 400 A <NON_REF> PASS END=410 GT 0/0", "1 900 A <NON_REF> PASS END=1100 GT 0/0"},
       "read");
}

TEST(LongRows, MoreAllelesThanARecordMayHaveAreRefused) {
  std::string alleles = "C";
  for (std::size_t i = 0; i < genome::alleles_max; ++i) alleles += ",C";
  both({"1 100 A <NON_REF> PASS END=150 GT 0/0", "1 200 A " + alleles + " PASS . GT 0/0"}, "vcf_malformed");
}

TEST(Alleles, OneBeyondThoseOfTheRecordIsRefused) {
  std::string text = genome::test::head37 + genome::test::columns;
  for (std::size_t i = 1; i < 100; ++i)
    text += genome::test::tabs("1 " + std::to_string(i) + " . A G . PASS . GT 0/1\n");
  for (const auto& [alts, allele] : std::initializer_list<std::pair<std::string, std::string>>{{"G", "2"},
                                                                                               {"C,G", "3"},
                                                                                               {"<NON_REF>", "2"},
                                                                                               {"C,<NON_REF>", "3"},
                                                                                               {"AT,ATT,*", "4"},
                                                                                               {".", "2"},
                                                                                               {"*", "2"}}) {
    SCOPED_TRACE(alts);
    const std::string row = "1 200 . A " + alts + " . PASS . GT 0/";
    const std::string behind = genome::test::tabs("1 900 . A G . PASS . GT 0/1\n");
    both(text + genome::test::tabs(row + allele + "\n") + behind, "vcf_malformed");
    both(text + genome::test::tabs(row + std::to_string(std::stoi(allele) - 1) + "\n") + behind, "read");
  }
}

}  // namespace
}  // namespace glovebox::scan::test
