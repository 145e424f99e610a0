#include "genome/record.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

std::vector<std::string> split(std::string_view text, std::size_t piece, std::size_t line_max, std::string* reason) {
  std::vector<std::string> lines;
  LineSplitter splitter(
      [&](const Line& line) -> Status {
        lines.push_back(std::to_string(line.number) + ":" + std::string(line.text) +
                        (line.ending == "\r\n" ? "$"
                         : line.ending.empty() ? "!"
                                               : ""));
        return {};
      },
      line_max);
  Status status;
  for (std::size_t at = 0; at < text.size() && status; at += piece)
    status = splitter.feed(view_of(text.substr(at, piece)));
  if (status) status = splitter.finish();
  *reason = reason_of(status);
  return lines;
}

TEST(Lines, EndWithLfOrCrlfOrTheText) {
  for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
    std::string reason;
    EXPECT_EQ(split("a\nbc\r\n\nd", piece, 100, &reason), (std::vector<std::string>{"1:a", "2:bc$", "3:", "4:d!"}))
        << piece;
    EXPECT_EQ(reason, "accepted");
    EXPECT_EQ(split("a\n", piece, 100, &reason), (std::vector<std::string>{"1:a"}));
    split("abcd\nabcde\n", piece, 4, &reason);
    EXPECT_EQ(reason, "too_large") << piece;
    split("abcd\nabcd\n", piece, 4, &reason);
    EXPECT_EQ(reason, "accepted") << piece;
    split(std::string_view("ab\0cd\n", 6), piece, 100, &reason);
    EXPECT_EQ(reason, "vcf_malformed") << piece;
  }
}

Result<Header> header_of(const std::string& text) {
  Result<Header> out = fail(Reject::internal);
  VcfStream stream({.header = [&](const Line&, Header header) -> Status {
    out = std::move(header);
    return {};
  }});
  GLOVEBOX_CHECK(stream.feed(view_of(text)));
  GLOVEBOX_CHECK(stream.finish());
  return out;
}

TEST(Header, ReadsWhatScoresDependOn) {
  const Header h =
      header_of(
          "##fileformat=VCFv4.5\r\n##source=x y "
          "z\r\n##contig=<ID=chr1,assembly=\"a,b\\\"c\",length=248956422>\r\n##contig=<ID=HLA-A*01:01>\r\n" +
          tabs("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT me you\r\n"))
          .value();
  EXPECT_EQ(h.version, 5U);
  ASSERT_EQ(h.contigs.size(), 2U);
  EXPECT_EQ(h.contigs[0].length, 248956422U);
  EXPECT_FALSE(h.contigs[1].length);
  EXPECT_EQ(h.samples, (std::vector<std::string>{"me", "you"}));
  EXPECT_EQ(reason_of(h.sample_index(std::nullopt)), "sample_ambiguous");
  EXPECT_EQ(h.sample_index("you").value(), 1U);
  EXPECT_EQ(reason_of(h.sample_index("You")), "sample_unknown");
}

TEST(Header, RefusesByName) {
  const std::string names = tabs("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT S1\n");
  const auto refused = [](const std::string& text) { return reason_of(header_of(text)); };
  EXPECT_EQ(refused("##fileformat=VCFv4.0\n" + names), "version_unsupported");
  EXPECT_EQ(refused("##fileformat=VCFv4.6\n" + names), "version_unsupported");
  EXPECT_EQ(refused("##fileformat=VCFv3.3\n" + names), "version_unsupported");
  EXPECT_EQ(refused("##fileformat=VCF v4.2\n" + names), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##fileformat=VCFv4.2\n" + names), "vcf_malformed");
  EXPECT_EQ(refused(names), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n"), "truncated");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##contig=<length=1>\n" + names), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##contig=<ID=1,length=x>\n" + names), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##contig=<ID=1,length=5>\n##contig=<ID=1,length=6>\n" + names),
            "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##contig=<ID=1,A,length=6>\n" + names), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=Integer,Description=\"x\">\n" + names),
            "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##INFO=<ID=X,Description=\"a \"quoted\" "
                    "word\">\n##contig=<ID=1>\n##contig=<ID=1,length=6>\n" +
                    names),
            "accepted");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##nothing\n" + names), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n" + tabs("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT\n")),
            "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n" + tabs("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT a a\n")),
            "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT a\n"), "vcf_malformed");
  EXPECT_EQ(refused("##fileformat=VCFv4.2\n##contig=<ID=1,length=.>\n" + names), "accepted");
}

Result<Record> record_of(const std::string& text, std::size_t samples = 1) {
  static std::string line;  // a Record borrows from its line
  line = tabs(text);
  Header header;
  header.has_format = true;
  header.samples.resize(samples);
  return parse_record({line, "\n", 7}, header, 0);
}

TEST(Record, ErrorsNameLinePlaceAndField) {
  const auto got = record_of("1 100 . A G . PASS . GT 0/3");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason, Reject::vcf_malformed);
  EXPECT_EQ(got.error().found, "line 7, 1:100, GT: 0/3");
  EXPECT_EQ(got.error().expected, "allele numbers from 0 to 1, or ., with / or | between");
  const auto hostile = record_of("1 100 . A G . PASS . GT \x01" + std::string(100, 'x'));
  EXPECT_EQ(hostile.error().found, "line 7, 1:100, GT: \\x01" + std::string(39, 'x') + "...");
}

TEST(Record, ReadsGenotypes) {
  const auto gt = [](const std::string& text, std::size_t alts = 2) -> std::string {
    const auto got = parse_genotype(text, alts, {});
    if (!got) return std::string(name(got.error().reason));
    std::string out;
    for (const auto a : got->alleles) out += (out.empty() ? "" : ",") + std::to_string(a);
    return out;
  };
  EXPECT_EQ(gt("0/1"), "0,1");
  EXPECT_EQ(gt("2|0"), "2,0");
  EXPECT_EQ(gt("./."), "-1,-1");
  EXPECT_EQ(gt("."), "-1");
  EXPECT_EQ(gt("1"), "1");
  EXPECT_EQ(gt("0/1|2"), "0,1,2");
  EXPECT_EQ(gt("|0/1"), "0,1");
  EXPECT_EQ(gt("/1"), "1");
  EXPECT_EQ(gt("10/9", 10), "10,9");
  for (const char* bad : {"", "/", "0/", "0//1", "0/|1", "3/0", "0/-1", "+1/0", "0 1", "A/0", "0,1", "0.5",
                          "99999999999999999999/0", "./.x"})
    EXPECT_EQ(gt(bad), "vcf_malformed") << bad;
  std::string many = "0";
  for (std::size_t i = 1; i < ploidy_max; ++i) many += "/0";
  EXPECT_NE(gt(many), "vcf_malformed");
  EXPECT_EQ(gt(many + "/0"), "vcf_malformed");
}

TEST(Record, ReadsWhatCallersWrite) {
  for (const char* good :
       {"1 100 . A G . PASS . GT 0/1", "chr1 100 rs1;rs2 a g 1e-3 . DP=1 GT:DP 0/1:3",
        "HLA-A*01:01:01:01 5 . A . . . . GT 0/0", "<1> 0 . N . . . . GT .", "1 100 . R A . . . GT 0/1",
        "1 100 . A <NON_REF> -1.5 . END=200 GT:GQ 0/0", "1 100 . A A[2:321[ inf . . GT 0/1",
        "1 100 . A ]2:321]AT . . . GT 0/1", "1 100 . A .T nan . . GT 0/1", "1 100 . A ]2:1].,[<c>:5[A . . . GT 0/2",
        "1 100 . A . . . . GT:AD .", "1 100 . A * . . . GT ./.", "1 100 . A G . q10;s50 . DS 0.3"})
    EXPECT_EQ(reason_of(record_of(good)), "accepted") << good << "\n" << describe(record_of(good).error_or(Error{}));
}

TEST(Record, RefusesWhatIsDamaged) {
  for (const char* bad : {"1 100 . A G . PASS . GT",
                          "1 100 . A G . PASS . GT 0/1 0/1",
                          "1 -5 . A G . PASS . GT 0/1",
                          "1 1.5 . A G . PASS . GT 0/1",
                          "1  . A G . PASS . GT 0/1",
                          "1 1099511627777 . A G . PASS . GT 0/1",
                          " 100 . A G . PASS . GT 0/1",
                          "a,b 100 . A G . PASS . GT 0/1",
                          "<1 100 . A G . PASS . GT 0/1",
                          "1 100 . . G . PASS . GT 0/1",
                          "1 100 . A,C G . PASS . GT 0/1",
                          "1 100 . A- G . PASS . GT 0/1",
                          "1 100 . A G, . PASS . GT 0/1",
                          "1 100 . A  . PASS . GT 0/1",
                          "1 100 . A G,. . PASS . GT 0/1",
                          "1 100 . A <DEL . PASS . GT 0/1",
                          "1 100 . A <INS>B> . PASS . GT 0/1",
                          "1 100 . A [2:100[ . PASS . GT 0/1",
                          "1 100 . A A[2[ . PASS . GT 0/1",
                          "1 100 . A G high PASS . GT 0/1",
                          "1 100 . A G . PASS; . GT 0/1",
                          "1 100 . A G . ;q . GT 0/1",
                          "1 100 . A G .  . GT 0/1",
                          "1 100 . A G . q;. . GT 0/1",
                          "1 100 . A G . PASS  GT 0/1",
                          "1 100 . A G . PASS .  0/1",
                          "1 100 . A G . PASS . GT: 0/1:2",
                          "1 100 . A G . PASS . DP:GT 1:0/1",
                          "1 100 . A G . PASS . GT:GT 0/1:1/1",
                          "1 100 . A G . PASS . GT 0/1:5",
                          "1 100 . A G . PASS . GT ",
                          "1 100 ; A G . PASS . GT 0/1",
                          "1 100 . A <*> . PASS END=x GT 0/1",
                          "1 100 . A <*> . . . GT:LEN 0/0:x"})
    EXPECT_EQ(reason_of(record_of(bad)), "vcf_malformed") << bad;
}

TEST(Record, KnowsHowFarItReaches) {
  EXPECT_EQ(record_of("1 100 . ACG A . . END=500 GT 0/1")->end, 102U)
      << "END counts only where the alleles are not spelled out";
  EXPECT_EQ(record_of("1 100 . A <*> . . END=500 GT 0/0")->end, 500U);
  EXPECT_EQ(record_of("1 100 . A <*> . . XEND=900;END=500 GT:LEN 0/0:11")->end, 110U);
  EXPECT_EQ(record_of("1 100 . A <*> . . XEND=900 GT 0/0")->end, 100U);
  EXPECT_EQ(record_of("1 100 . A <DEL> . . END=50 GT 0/1")->end, 100U);
  EXPECT_EQ(record_of("1 100 . A <DEL>,<DEL> . . SVLEN=-20,30 GT 0/1")->end, 130U);
}

}  // namespace
}  // namespace glovebox::genome
