// Rows of lone SNVs are settled without the reference reading them, and as it would.
#include "genome/sniff.h"
#include "scan/scan_testing.h"
#include "scan/whole_file.h"

namespace glovebox::scan::test {
namespace {

// Counting hands rows to the reference as Extraction does, and counts which way they went.
class Counting final : public RowSink {
 public:
  Counting(const genome::Panel& panel, const genome::Options& options) : rows_(panel, options) {}
  Status header(genome::Header header) override { return rows_.header(std::move(header)); }
  Status row(const genome::Line& line) override {
    ++read;
    return rows_.row(line);
  }
  bool snv(std::uint32_t site, const genome::Matcher::Snv& row) override {
    const bool taken = rows_.snv(site, row);
    ++(taken ? settled : left);
    return taken;
  }
  void skip(std::uint64_t rows, std::uint64_t position) override { rows_.skip(rows, position); }
  std::size_t columns() const override { return rows_.columns(); }
  std::size_t sample() const override { return rows_.sample(); }
  Result<Extracted> finish() { return rows_.finish(); }

  std::size_t read = 0, settled = 0, left = 0;

 private:
  genome::PersonRows rows_;
};

// with_long_header: a text's first bytes are kept until it is known to be a VCF; rows among them are all read.
std::string with_long_header(std::string text) {
  return text.insert(text.find('\n') + 1, "##x=" + std::string(genome::sniff_bytes, 'x') + "\n");
}

// settled says how many rows of a text were settled so; the answer must be the reference's.
std::size_t settled(const std::string& given, const genome::Panel& panel, const genome::Options& options) {
  const std::string text = with_long_header(given);
  Counting rows(panel, options);
  WholeFile file(panel, options, {}, rows);
  static_cast<void>(file.feed(view_of(text)));
  const Status read = file.finish();
  const Result<Extracted> found = read ? rows.finish() : same(read);
  genome::Extraction reference(panel, options);
  static_cast<void>(reference.feed(view_of(text)));
  EXPECT_EQ(say(found), say(reference.finish())) << text;
  return rows.settled;
}

std::string one_row(std::string_view alleles, std::string_view filter, std::string_view format, std::string_view call,
                    int position = 500) {
  return std::format("1\t{}\t.\t{}\t.\t{}\t.\t{}\t{}\n", position, alleles, filter, format, call);
}
// vcf_of has rows of each kind before the one at hand, so that nothing of it is new.
std::string vcf_of(std::string_view row) {
  std::string text = head37 + columns;
  for (const std::string_view format : {"GT", "GT:GQ", "GT:FT"})
    for (const std::string_view filter : {"PASS", "low"}) text += one_row("A\tC", filter, format, "0/0", 100);
  return text + std::string(row);
}

TEST(LoneSnvs, AreSettledInTheirOwnForm) {
  const genome::Panel panel = genome::test::panel({site("1", 500, "C", "A"), site("1", 501, "G", "T")});
  const genome::Options options = {.build = genome::Build::grch37, .rules = {.absence = genome::Absence::missing}};
  const auto is_settled = [&](const std::string& row) { return settled(vcf_of(row), panel, options) == 1; };
  for (const std::string_view call : {"0/0", "0/1", "1|0", "1/1"}) {
    EXPECT_TRUE(is_settled(one_row("A\tC", "PASS", "GT", call)));
    EXPECT_TRUE(is_settled(one_row("C\tA", ".", "GT:GQ", std::string(call) + ":30")));  // swapped
    EXPECT_TRUE(is_settled(one_row("a\tC", "PASS", "GT", call)));
  }
  EXPECT_FALSE(is_settled(one_row("A\tG", "PASS", "GT", "0/1")));
  EXPECT_FALSE(is_settled(one_row("A\tC,G", "PASS", "GT", "0/1")));
  EXPECT_FALSE(is_settled(one_row("A\t*", "PASS", "GT", "0/1")));
  EXPECT_FALSE(is_settled(one_row("A\t.", "PASS", "GT", "0/0")));
  EXPECT_FALSE(is_settled(one_row("AT\tCT", "PASS", "GT", "0/1")));
  EXPECT_FALSE(is_settled(one_row("A\tC", "low", "GT", "0/1")));
  EXPECT_FALSE(is_settled(one_row("A\tC", "PASS", "GT:FT", "0/1:low")));
  EXPECT_FALSE(is_settled(one_row("A\tC", "PASS", "GT", "1")));
  EXPECT_FALSE(is_settled(one_row("A\tC", "PASS", "GT", "./1")));
  EXPECT_FALSE(is_settled(one_row("A\tC", "PASS", "GT", "0/1/1")));
}

TEST(LoneSnvs, OnlyWhereTheRulesAskForNoMore) {
  const genome::Panel panel = genome::test::panel({site("1", 500, "C", "A")});
  const std::string text = vcf_of(one_row("A\tC", "PASS", "GT:GQ", "0/1:30"));
  const genome::Rules rules = {.absence = genome::Absence::missing};
  const auto count = [&](auto change) {
    genome::Options options = {.build = genome::Build::grch37, .rules = rules};
    change(options.rules);
    return settled(text, panel, options);
  };
  EXPECT_EQ(count([](genome::Rules&) {}), 1U);
  EXPECT_EQ(count([](genome::Rules& r) { r.flip = true; }), 0U);
  EXPECT_EQ(count([](genome::Rules& r) { r.min_gq = 20; }), 0U);
  EXPECT_EQ(count([](genome::Rules& r) { r.min_dp = 5; }), 0U);
  EXPECT_EQ(count([](genome::Rules& r) { r.keep_matches = true; }), 0U);
  EXPECT_EQ(count([](genome::Rules& r) { r.kind = genome::InputKind::gvcf; }), 0U);
}

TEST(LoneSnvs, NotBesideOtherSitesOnTheSameBase) {
  const genome::Options options = {.build = genome::Build::grch37, .rules = {.absence = genome::Absence::missing}};
  const std::string text = vcf_of(one_row("A\tC", "PASS", "GT", "0/1"));
  for (const auto& other : {site("1", 500, "G", "A"), site("1", 498, "A", "ACAT"), site("1", 500, "A", "AC")})
    EXPECT_EQ(settled(text, genome::test::panel({site("1", 500, "C", "A"), other}), options), 0U);
  EXPECT_EQ(settled(text, genome::test::panel({site("1", 500, "C", "A"), site("1", 499, "G", "C")}), options), 1U);
}

TEST(LoneSnvs, InRandomFiles) {
  std::size_t all = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    Random random(seed + 5'000'000);
    const Case one = random_case(random, Mostly::usual);
    all += settled(one.text, genome::test::panel(one.sites), one.options);
  }
  EXPECT_GT(all, 2000U);
}

}  // namespace
}  // namespace glovebox::scan::test
