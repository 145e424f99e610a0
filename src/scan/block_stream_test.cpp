// BGZF whose blocks lie about their size: gzip all the same, which the reference reads.
#include "scan/block_stream.h"

#include "scan/scan_testing.h"

namespace glovebox::scan::test {
namespace {

// file makes BGZF of a header block, a block whose header is `off` bytes wrong about its size, and the end's marker.
Bytes file(int off, std::string_view behind = {}) {
  std::string first = genome::test::head37 + genome::test::columns, second;
  for (std::size_t i = 1; i < 300; ++i)
    (i < 100 ? first : second) += genome::test::tabs("1 " + std::to_string(i * 10) + " . A G . PASS . GT 0/1\n");
  Bytes out = genome::test::gzip_member(view_of(first), true);
  Bytes block = genome::test::gzip_member(view_of(second), true);
  const int size = block[16] + 256 * block[17] + off;
  block[16] = static_cast<std::uint8_t>(size % 256);
  block[17] = static_cast<std::uint8_t>(size / 256);
  out.insert(out.end(), block.begin(), block.end());
  const Bytes end = genome::test::gzip_member({}, true);
  out.insert(out.end(), behind.begin(), behind.end());
  out.insert(out.end(), end.begin(), end.end());
  return out;
}

void both(const Bytes& file, const std::string& what) {
  SCOPED_TRACE(what);
  const genome::Panel panel = genome::test::panel({site("1", 1000, "A", "G"), site("1", 2000, "A", "G")});
  const genome::Options options = {.build = genome::Build::grch37, .rules = {.absence = genome::Absence::homref}};
  genome::Extraction reference(panel, options);
  (void)reference.feed(file);  // finish says what it said
  const auto expected = reference.finish();
  for (const std::size_t threads : {1U, 3U})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, file.size()}) {
      Extraction fast(panel, options, {.threads = threads});
      for (View left = file; !left.empty(); left = left.subspan(std::min(piece, left.size())))
        if (!fast.feed(left.first(std::min(piece, left.size())))) break;
      const auto got = fast.finish();
      ASSERT_EQ(reason_of(got), reason_of(expected)) << threads << " threads, pieces of " << piece;
      if (expected) {
        ASSERT_EQ(got->dosages.dosage, expected->dosages.dosage);
      }
    }
}

TEST(BlockStream, ABlockThatLiesAboutItsSizeIsReadAsTheReferenceReadsIt) {
  both(file(0), "honest");
  for (const int off : {-40, -5, -4, -1, 1, 4, 5, 9, 40}) both(file(off), "wrong by " + std::to_string(off));
}

TEST(BlockStream, WhatIsNoMemberIsRefusedAsTheReferenceRefusesIt) {
  for (const std::string_view behind : {"x", "\x1f", "\x1fx", "\x1f\x8b", "text behind the blocks"})
    for (const int off : {0, -4, 5}) both(file(off, behind), std::string(behind) + ", wrong by " + std::to_string(off));
}

}  // namespace
}  // namespace glovebox::scan::test
