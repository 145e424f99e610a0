// .tbi and .csi: what is found covers what lies there, and nothing that is not well formed is read.
#include "scan/index.h"

#include "scan/glance.h"
#include "scan/picked_testing.h"

namespace glovebox::scan {
namespace {
using namespace test;

TEST(Index, ChunksCoverEveryRowThatOverlapsARegion) {
  Random random(12);
  int rows = 0, found = 0;
  std::uint64_t looked_at = 0;
  for (int round = 0; round < 60; ++round) {
    const Made file = made(random, round % 2 ? Kind::gvcf : Kind::variants, 300, 1);
    const Bytes packed = bgzf(view_of(file.text), 100 + below(random, 3000));
    for (IndexWriter writer :
         {IndexWriter(Form::tbi, 14, 5), IndexWriter(Form::csi, 14, 6), IndexWriter(Form::csi, 8, 7)}) {
      const Bytes bytes = bgzf(writer.text(packed), 65280);
      MemorySource source(bytes);
      const auto index = Index::read(source);
      ASSERT_TRUE(index) << describe(index.error());
      MemorySource vcf(packed);
      Blocks blocks(vcf);
      LineCursor cursor(blocks, 1 << 20);
      ASSERT_TRUE(cursor.seek(0));
      for (;;) {
        const auto line = cursor.next().value();
        if (!line) break;
        if (line->text.starts_with('#')) continue;
        const Glance row = glance(line->text).value();
        const auto contig = std::ranges::find(index->contigs(), row.chrom, &Index::Contig::name);
        ASSERT_NE(contig, index->contigs().end());
        EXPECT_LE(contig->begin, line->begin);
        EXPECT_LT(line->begin, contig->end);
        const auto number = static_cast<std::size_t>(contig - index->contigs().begin());
        ++rows;
        // One position of the row, and a stretch that ends or begins at it.
        const std::uint64_t at = row.pos + below(random, row.end - row.pos + 1);
        const std::uint64_t wide = below(random, 50'000);
        for (const auto& [first, last] :
             {std::pair(at, at), std::pair(at, at + wide), std::pair(at > wide ? at - wide : 1, at)}) {
          const auto chunks = index->chunks(number, first, last, looked_at);
          const bool covered = std::ranges::any_of(
              chunks, [&](const Chunk& c) { return c.begin <= line->begin && line->begin < c.end; });
          ASSERT_TRUE(covered) << row.pos << "-" << row.end << " asked " << first << "-" << last;
          found += static_cast<int>(chunks.size());
        }
      }
    }
  }
  EXPECT_GT(rows, 5000);
  EXPECT_LT(found, rows * 3 * 30);  // and not simply everything
}

// text_of_index is a small .tbi, with its parts to be changed.
struct Parts {
  std::uint32_t format = 2, chrom = 1, begin = 2, end = 0, comment = '#', skip = 0, contigs = 1;
  std::string names = std::string("1\0", 2);
  std::uint32_t bins = 1, bin = 4681, chunks = 1;
  std::uint64_t from = 100, to = 200;
  std::uint32_t windows = 1;
};
Bytes tbi_of(const Parts& p) {
  Writer out;
  out.bytes(view_of(std::string_view("TBI\1", 4))).u32le(p.contigs);
  out.u32le(p.format).u32le(p.chrom).u32le(p.begin).u32le(p.end).u32le(p.comment).u32le(p.skip);
  out.u32le(static_cast<std::uint32_t>(p.names.size())).bytes(view_of(p.names));
  out.u32le(p.bins).u32le(p.bin).u32le(p.chunks).u64le(p.from).u64le(p.to);
  return out.u32le(p.windows).u64le(100).take();
}
std::string refused(const Parts& parts) {
  return reason_of(Index::parse(tbi_of(parts)));
}

TEST(Index, RefusesByName) {
  EXPECT_EQ(refused({}), "accepted");
  EXPECT_EQ(refused({.format = 0x10000}), "type_unsupported");  // a BED
  EXPECT_EQ(refused({.format = 0}), "type_unsupported");
  EXPECT_EQ(refused({.begin = 3}), "type_unsupported");
  EXPECT_EQ(refused({.end = 3}), "type_unsupported");
  EXPECT_EQ(refused({.skip = 1}), "type_unsupported");
  EXPECT_EQ(refused({.contigs = 2}), "malformed");
  EXPECT_EQ(refused({.contigs = 0}), "malformed");
  EXPECT_EQ(refused({.contigs = 1U << 31}), "too_large");
  EXPECT_EQ(refused({.names = "1"}), "malformed");
  EXPECT_EQ(refused({.contigs = 2,
                     .names = std::string("1\0"
                                          "1\0",
                                          4)}),
            "malformed");
  EXPECT_EQ(refused({.names = std::string("\0", 1)}), "malformed");
  EXPECT_EQ(refused({.bins = 1U << 30}), "malformed");
  EXPECT_EQ(refused({.bin = 37449}), "malformed");
  EXPECT_EQ(refused({.chunks = 1U << 28}), "malformed");
  EXPECT_EQ(refused({.from = 200, .to = 200}), "malformed");
  EXPECT_EQ(refused({.windows = 2}), "malformed");
  EXPECT_EQ(refused({.windows = 0}), "accepted");  // its one interval reads as the count of rows without a place
  const Bytes whole = tbi_of({});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(reason_of(Index::parse(View(whole).first(size))), "accepted") << size;
  Bytes longer = whole;
  longer.resize(longer.size() + 9);
  EXPECT_EQ(reason_of(Index::parse(longer)), "trailing_bytes");
}

TEST(Index, ReadsThoseOfHtslib) {
  const auto folder = shared() / "data/htslib";
  GLOVEBOX_NEEDS(folder / "index.vcf.gz.tbi");
  for (const char* name : {"index.vcf.gz.tbi", "index.vcf.gz.csi", "modhdr.vcf.gz.csi"}) {
    const Bytes bytes = read(folder / name);
    MemorySource source(bytes);
    const auto index = Index::read(source);
    ASSERT_TRUE(index) << name << ": " << describe(index.error());
    EXPECT_EQ(index->contigs().empty(), name == std::string_view("modhdr.vcf.gz.csi")) << name;
  }
  const Bytes bcf = read(folder / "index.bcf.csi");
  MemorySource source(bcf);
  EXPECT_EQ(reason_of(Index::read(source)), "type_unsupported");
}

}  // namespace
}  // namespace glovebox::scan
