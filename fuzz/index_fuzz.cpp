// layers: base genome scan
// max_len: 8192
// .tbi and .csi, inflated. What is found for a region is what a plain walk over all bins finds: every chunk of a bin
// that overlaps it, but for some that end before any of the others does, and none of another bin; a smaller region
// finds no more, and the order is the file's.
#include "property.h"
#include "scan/index.h"

using namespace glovebox;
using namespace glovebox::scan;
using glovebox::fuzz::require;

namespace {
// regions asks for one region, which `seed` chooses.
void regions(const Index& index, std::size_t contig, std::uint64_t seed) {
  const std::uint64_t first = 1 + (seed & 0x1fffffff);
  const std::uint64_t last = first + (seed >> 32 & 0xfffff);
  std::uint64_t looked_at = 0;
  const auto found = index.chunks(contig, first, last, looked_at);
  require(looked_at >= found.size(), "what is found was looked at");
  const Index::Contig& stretch = index.contigs()[contig];
  for (std::size_t i = 0; i < found.size(); ++i) {
    require(found[i].begin < found[i].end, "a chunk is a stretch");
    require(found[i].begin >= stretch.begin && found[i].end <= stretch.end, "it lies in the contig's rows");
    require(found[i].low <= last && found[i].high >= first, "its bin overlaps the region");
    require(i == 0 || found[i - 1].begin <= found[i].begin, "chunks are in the file's order");
  }
  for (const Chunk& chunk : index.chunks(contig, 1, ~std::uint64_t{0}, looked_at)) {
    if (chunk.low > last || chunk.high < first || std::ranges::find(found, chunk) != found.end()) continue;
    for (const Chunk& kept : found) require(chunk.end <= kept.end, "what is left out ends before what is found");
  }
  const std::uint64_t middle = first + (last - first) / 2;
  const auto left = index.chunks(contig, first, middle, looked_at);
  for (const Chunk& chunk : left)
    require(std::ranges::find(found, chunk) != found.end(), "a smaller region finds no more");
  for (const Chunk& chunk : found)
    require(chunk.low > middle || std::ranges::find(left, chunk) != left.end(), "nor less of what overlaps it");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto index = Index::parse(View(data, size));
  if (!index) {
    require(!index.error().found.empty(), "a refusal says what was found");
    return 0;
  }
  std::uint64_t seed = size;
  std::uint64_t looked_at = 0;
  for (std::size_t i = 0; i < size; ++i) seed = seed * 0x9e3779b97f4a7c15U + data[i];
  for (std::size_t contig = 0; contig < std::min<std::size_t>(index->contigs().size(), 4); ++contig) {
    for (const std::uint64_t start : {seed, seed >> 17, seed & 0xffff, std::uint64_t{0}, ~std::uint64_t{0}})
      regions(*index, contig, start);
    require(index->chunks(contig, 5, 4, looked_at).empty(), "no region, no chunk");
  }
  return 0;
}
