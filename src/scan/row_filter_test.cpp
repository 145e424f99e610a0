// Which rows reach the reference: those of the model's sites and those in an uncommon form, and no others.
#include "scan/row_filter.h"

#include "scan/scan_testing.h"

namespace glovebox::scan::test {
namespace {

// Padded is a text with what may be read around it.
class Padded {
 public:
  explicit Padded(std::string_view text) : bytes_(padding + text.size() + padding), size_(text.size()) {
    std::ranges::copy(text, bytes_.begin() + padding);
  }
  View text() const { return View(bytes_).subspan(padding, size_); }

 private:
  Bytes bytes_;
  std::size_t size_;
};

constexpr std::string_view info = "\tAC=1;AF=0.500;AN=2;BaseQRankSum=-1.242;DP=34;ExcessHet=3.0103;FS=3.469";
std::string row(std::uint64_t position, std::string_view alleles, std::string_view rest = "PASS",
                std::string_view call = "0/1:12,22:34:99:475,0,458") {
  return std::format("1\t{}\trs1\t{}\t467.54\t{}{}\tGT:AD:DP:GQ:PL\t{}\n", position, alleles, rest, info, call);
}

TEST(RowFilter, StopsAtSitesAndAtWhatItDoesNotKnow) {
  const genome::Panel sites = genome::test::panel({site("1", 500, "A", "C"), site("1", 900, "A", "ACCT")});
  const Reach reach(sites);
  std::string text = row(100, "A\tC");
  text += row(101, "A\tC") + row(101, "ACCCCGT\tC") + row(102, "A\tC,G") + row(103, "a\tC,*", ".", "1|2") +
          row(104, "A\t<NON_REF>");
  text += row(400, "A\tC", "LowQual") + row(401, "A\tC", "LowQual");  // the first is new
  text += row(498, "AT\tA") + row(499, "A\tC");                       // end before the site
  text += row(499, "A\tAT") + row(499, "AT\tA");                      // an insertion before it, a deletion of it
  text += row(500, "A\tC") + row(500, "A\tG", ".", "1|0") + row(500, "A\tC", "LowQual") + row(500, "A\tC,G") +
          row(500, "A\tC", "PASS", "1/.") + row(500, "A\tAT") + row(500, "A\tC", "PASS", "1");
  text += row(497, "A\tC");                       // out of order
  text += row(500, "A\tC", "PASS", "0/1:1:1:x");  // damaged
  text += row(903, "A\tC") + row(904, "A\tC", "PASS", "1") + row(905, "A\tC", "PASS", "./.:.:.:.:.");
  text += "1\t906\t.\tA\tC\t.\tPASS\tANN=a b\tGT:AD:DP:GQ:PL\t0/1\r\n";
  const Padded padded(text);
  for (const Instructions instructions : {Instructions::best, Instructions::avx2, Instructions::portable}) {
    RowFilter filter(reach, genome::Build::grch37, {}, 1000, instructions);
    filter.columns(10, 0);
    filter.begin();
    std::string said;
    for (;;) {
      const RowFilter::Found found = filter.next(padded.text());
      said += std::format("{} passed; ", found.passed);
      if (found.stop == Stop::none) break;
      const auto tab = found.row.find('\t');
      said += std::format("{} {}, ",
                          found.stop == Stop::touches ? "site"
                          : found.stop == Stop::snv   ? "snv"
                                                      : "odd",
                          found.row.substr(tab + 1, found.row.find('\t', tab + 1) - tab - 1));
      if (found.stop == Stop::odd && !found.row.starts_with("1\t497\t")) filter.learn(found.row);
    }
    EXPECT_EQ(
        said,
        "0 passed; odd 100, 5 passed; odd 400, 3 passed; site 499, 0 passed; site 499, 0 passed; snv 500, 0 passed; "
        "snv 500, 0 passed; site 500, 0 passed; site 500, 0 passed; site 500, 0 passed; site 500, 0 passed; "
        "site 500, 0 passed; odd 497, 0 passed; odd 500, 0 passed; site 903, 3 passed; ");
    EXPECT_EQ(filter.at(), text.size());
  }
}

// The end of a wide row is looked for where one as long as the last would end. Rows of all lengths, lines of other
// columns among them, and a text that grows: each row is passed by or handed out whole, and only odd ones are.
TEST(RowFilter, FindsTheEndsOfRowsOfManySamples) {
  const genome::Panel sites = genome::test::panel({site("2", 500, "A", "C")});
  const Reach reach(sites);
  std::size_t odd_rows = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const std::size_t samples = 2 + below(random, 300), sample = below(random, samples);
    std::vector<std::string> lines;
    std::vector<bool> odd;
    for (std::uint64_t position = 1; position < 400; ++position) {
      std::string line = std::format("1\t{}\t.\tA\tC\t.\tPASS\t{}\tGT", position, one_in(random, 9) ? "A=b c" : "A=b");
      const bool is_odd = position == 1 || one_in(random, 20);
      const std::size_t calls = is_odd && position != 1 ? below(random, samples) : samples;
      const bool long_calls = one_in(random, 5);
      for (std::size_t i = 0; i < calls; ++i) line += long_calls && one_in(random, 3) ? "\t." : "\t0|1";
      lines.push_back(line + (one_in(random, 30) ? "\r\n" : "\n"));
      odd.push_back(is_odd);
      odd_rows += is_odd ? 1 : 0;
    }
    std::string text;
    for (const std::string& line : lines) text += line;
    const Padded padded(text);
    for (const Instructions instructions : {Instructions::best, Instructions::avx2, Instructions::portable}) {
      RowFilter filter(reach, genome::Build::grch37, {}, 1 << 16, instructions);
      filter.columns(9 + samples, sample);
      filter.begin();
      std::size_t line = 0;
      for (std::size_t size = 0; size < text.size();) {
        size = std::min(text.size(), size + below(random, one_in(random, 3) ? 100'000 : 3000));
        for (;;) {
          const RowFilter::Found found = filter.next(padded.text().first(size));
          for (std::uint64_t i = 0; i < found.passed; ++i) ASSERT_FALSE(odd.at(line++)) << seed;
          if (found.stop == Stop::none) break;
          ASSERT_EQ(found.stop, Stop::odd);
          ASSERT_EQ(found.row, lines.at(line)) << seed;
          ASSERT_TRUE(odd.at(line++)) << seed << found.row;
          if (line == 1) filter.learn(found.row);
        }
      }
      EXPECT_EQ(line, lines.size());
      EXPECT_EQ(filter.at(), text.size());
    }
  }
  EXPECT_GT(odd_rows, 500U);
}

TEST(RowFilter, LooksAtEveryRowWhereOtherFieldsAreRead) {
  const genome::Panel sites = genome::test::panel({site("1", 500, "A", "C")});
  const Reach reach(sites);
  const Padded padded(row(1, "A\tC") + row(2, "A\tC") + row(3, "A\tC"));
  RowFilter filter(reach, genome::Build::grch37, {.dosage = genome::DosageField::ds}, 1000, Instructions::best);
  filter.columns(10, 0);
  filter.begin();
  for (int i = 0; i < 3; ++i) {
    const RowFilter::Found found = filter.next(padded.text());
    ASSERT_EQ(found.stop, Stop::odd);
    EXPECT_EQ(found.passed, 0U);
    filter.learn(found.row);
  }
}

}  // namespace
}  // namespace glovebox::scan::test
