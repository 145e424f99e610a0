#include "genome/inflate.h"

#include "genome/genome_testing.h"
#include "genome/sniff.h"

namespace glovebox::genome {
namespace {
using namespace test;

struct Inflated {
  std::string text;
  Status status;
};
Inflated inflate(View file, std::size_t piece = 0, InflateLimits limits = {}) {
  Inflated out;
  Inflater inflater(
      [&](View text) -> Status {
        out.text += text_of(text);
        return {};
      },
      limits);
  if (piece == 0) piece = std::max<std::size_t>(file.size(), 1);
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (out.status = inflater.feed(file.subspan(at, std::min(piece, file.size() - at))); !out.status) return out;
  out.status = inflater.finish();
  return out;
}
std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, ' ');
  for (char& c : text) c = "ACGT0|1\n"[random() % 8];
  return text;
}
Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

TEST(Inflater, GivesTheSameTextForEveryFormAndPieceSize) {
  const std::string text = random_text(300000, 1);
  const Bytes plain = to_bytes(view_of(text));
  const Bytes gzip = gzip_member(plain, false);
  const Bytes members = join({gzip_member(View(plain).first(1000), false), gzip_member({}, false),
                              gzip_member(View(plain).subspan(1000), false)});
  const Bytes blocks = bgzf(plain, 65280);
  const Bytes joined = join({bgzf(View(plain).first(70000), 30000), bgzf(View(plain).subspan(70000), 999)});
  for (const Bytes& file : {plain, gzip, members, blocks, joined})
    for (const std::size_t piece :
         {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{65537}}) {
      const Inflated got = inflate(file, piece);
      EXPECT_EQ(reason_of(got.status), "accepted") << piece;
      EXPECT_TRUE(got.text == text) << piece;
    }
}

TEST(Inflater, EveryShorterPrefixIsTruncated) {
  const std::string text = random_text(5000, 2);
  for (const Bytes& file : {gzip_member(view_of(text), false), bgzf(view_of(text), 700)})
    for (std::size_t size = 2; size < file.size(); ++size)
      EXPECT_EQ(reason_of(inflate(View(file).first(size)).status), "truncated") << size;
}

TEST(Inflater, BgzfWithoutItsEndMarkerIsTruncated) {
  const std::string text = random_text(5000, 3);
  EXPECT_EQ(reason_of(inflate(bgzf(view_of(text), 700, false)).status), "truncated");
  const Inflated marked = inflate(bgzf(view_of(""), 700));
  EXPECT_EQ(reason_of(marked.status), "accepted");
  EXPECT_EQ(marked.text, "");
}

TEST(Inflater, EveryDamagedBitIsRefusedOrChangesNothing) {
  const std::string text = random_text(300, 4);
  const Bytes file = gzip_member(view_of(text), false);
  for (std::size_t bit = 16; bit < file.size() * 8; ++bit) {
    Bytes damaged = file;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const Inflated got = inflate(damaged);
    if (bit / 8 >= 4 && bit / 8 < 10) continue;  // time, extra flags, system: carry nothing
    EXPECT_TRUE(!got.status || got.text == text) << bit;
  }
}

TEST(Inflater, BytesAfterTheLastMemberAreRefused) {
  Bytes file = gzip_member(view_of("text"), false);
  file.push_back(0);
  EXPECT_EQ(reason_of(inflate(file).status), "trailing_bytes");
  Bytes blocks = bgzf(view_of("text"), 100);
  blocks.push_back('x');
  EXPECT_EQ(reason_of(inflate(blocks).status), "trailing_bytes");
}

TEST(Inflater, BombsAreRefused) {
  const std::string zeros(std::size_t{4} << 20, 'A');  // deflates a thousandfold
  const Bytes file = gzip_member(view_of(zeros), false);
  EXPECT_EQ(reason_of(inflate(file, 0, {.ratio_free = std::uint64_t{8} << 20}).status), "accepted");
  EXPECT_EQ(reason_of(inflate(file, 0, {.ratio_free = std::uint64_t{1} << 20}).status), "compression_bomb");
  EXPECT_EQ(reason_of(inflate(file, 100, {.inflated_max = zeros.size() - 1, .ratio_max = 2000}).status),
            "compression_bomb");
  EXPECT_EQ(reason_of(inflate(file, 100, {.inflated_max = zeros.size(), .ratio_max = 2000}).status), "accepted");
  EXPECT_EQ(reason_of(inflate(view_of(zeros), 100, {.inflated_max = 1000}).status), "too_large");
}

TEST(Inflater, TheFirstErrorSticks) {
  Inflater inflater([](View) -> Status { return fail(Reject::vcf_malformed); });
  EXPECT_EQ(reason_of(inflater.feed(view_of("plain text, longer than a head"))), "vcf_malformed");
  EXPECT_EQ(reason_of(inflater.feed(view_of("x"))), "vcf_malformed");
  EXPECT_EQ(reason_of(inflater.finish()), "vcf_malformed");
}

TEST(Sniff, KnowsWhatPeopleSend) {
  using namespace std::string_view_literals;
  const auto of = [](std::string_view bytes) { return sniff(view_of(bytes)); };
  EXPECT_EQ(of(""), Content::empty);
  EXPECT_EQ(of("##fileformat=VCFv4.2\n"), Content::vcf);
  EXPECT_EQ(of("BCF\2\2"), Content::bcf);
  EXPECT_EQ(of("\x6c\x1b\x01"), Content::plink_bed);
  EXPECT_EQ(of("\x6c\x1b\x10"), Content::plink_pgen);
  EXPECT_EQ(of("# This data file generated by 23andMe at: Tue\n# rsid\t"), Content::array_text);
  EXPECT_EQ(of("#AncestryDNA raw data download\n"), Content::array_text);
  EXPECT_EQ(of("rs4477212\t1\t72017\tAA\n"), Content::array_text);
  EXPECT_EQ(of(">chr1\nACGT"), Content::fasta);
  EXPECT_EQ(of("@HD\tVN:1.6"), Content::sam);
  EXPECT_EQ(of("@read1\nACGT"), Content::fastq);
  EXPECT_EQ(of("BAM\1"), Content::bam);
  EXPECT_EQ(of("CRAM\3"), Content::cram);
  EXPECT_EQ(of("PK\3\4"), Content::zip);
  EXPECT_EQ(of("crypt4gh\1"), Content::crypt4gh);
  EXPECT_EQ(of("\xfd"
               "7zXZ\0"sv),
            Content::xz);
  EXPECT_EQ(of("\x1f\x8b\x08"), Content::gzip);
  EXPECT_EQ(of("hello"), Content::unknown);
  for (const auto content : {Content::bcf, Content::plink_bed, Content::plink_pgen, Content::array_text,
                             Content::crypt4gh, Content::zip, Content::bam})
    EXPECT_FALSE(conversion(content).empty()) << name(content);
}

TEST(Sniff, OtherFormatsAreRefusedWithTheirConversionAlsoInsideGzip) {
  const Panel none = panel({site("1", 100, "G", "A")});
  for (const std::string& content :
       {std::string("BCF\2\2xxxxxxxxxxxxxxxxxxxxx"), std::string("\x6c\x1b\x01yyyyyyyyyyyyyyyyyyyyyyyyyy"),
        std::string("# rsid\tchromosome\tposition\tgenotype\n")}) {
    for (const Bytes& file :
         {to_bytes(view_of(content)), gzip_member(view_of(content), false), bgzf(view_of(content), 100)}) {
      const auto got = extract(none, file);
      EXPECT_EQ(reason_of(got), "type_unsupported");
      EXPECT_FALSE(got.error().hint.empty());
    }
  }
  EXPECT_EQ(reason_of(extract(none, std::string())), "truncated");
  EXPECT_EQ(reason_of(extract(none, std::string("hello"))), "vcf_malformed");
}

TEST(Sniff, RealFiles) {
  const auto data = shared() / "data";
  GLOVEBOX_NEEDS(data);
  const auto of = [&](const char* path) {
    const Bytes all = read(data / path);
    return sniff(View(all).first(std::min<std::size_t>(all.size(), sniff_bytes)));
  };
  EXPECT_EQ(of("genotypes/cineca/cineca_synthetic_subset.bed"), Content::plink_bed);
  EXPECT_EQ(of("genotypes/tiny1000G/tiny1000G.bgen"), Content::bgen);
  EXPECT_EQ(of("genotypes/tiny1000G/tiny1000G.vcf.gz"), Content::bgzf);
  EXPECT_EQ(of("bcftools/norm.fa"), Content::fasta);
  EXPECT_EQ(of("bcftools/convert.23andme.vcf"), Content::vcf);
  const auto bcf = inflate(read(data / "htslib/tabix/vcf_file.bcf"));
  EXPECT_EQ(sniff(view_of(bcf.text)), Content::bcf);
}

}  // namespace
}  // namespace glovebox::genome
