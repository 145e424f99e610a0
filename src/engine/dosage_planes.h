// dosage_planes.h: rows of codes, a byte each, as planes: for each feature the low bits of 256 rows and their high
// bits.
#pragma once
#include "engine/dosage_batch.h"

namespace glovebox::engine {

constexpr std::size_t run_features = 32;  // features are taken in runs, one AVX2 register each
constexpr std::size_t tile_runs = 64;     // runs at a time: their half-made planes stay in the L2

// runs_of lists the runs of 32 features that hold a used one; feature f of the list's run i has slot 32 i + f % 32.
struct FeatureRuns {
  std::vector<std::uint32_t> runs;
  std::vector<std::uint32_t> slot_of_feature;  // of used features; for the compiler
  std::size_t slots() const { return runs.size() * run_features; }
};
FeatureRuns runs_of(std::size_t features, const Blocks& blocks);

// Eight rows of a tile make a line of bytes for the low bits and one for the high bits, a byte for each feature. Lines
// are not a power of two apart, so that 32 of them do not fall on the same sets of a cache.
constexpr std::size_t tile_step = tile_runs * run_features + 64;
constexpr std::size_t tile_bytes = 2 * tile_step * batch_rows / 8;

// planes_of_rows writes for each slot four words of low bits and four of high ones: stride 8 in a PlaneSource. Of
// `rows` (1 to 256) rows of `features` codes each; bits of rows beyond are arbitrary. Only a code's low two bits count.
// `tile` has tile_bytes.
void planes_of_rows(Path path, const FeatureRuns& runs, const std::uint8_t* codes, std::size_t features,
                    std::size_t rows, std::uint8_t* tile, std::uint64_t* out);

// gather_planes makes the same of planes: those of feature f begin at lo + f * stride and hi + f * stride.
void gather_planes(const FeatureRuns& runs, std::size_t features, const std::uint64_t* lo, const std::uint64_t* hi,
                   std::size_t stride, std::uint64_t* out);

// The kernels, one pair for each Path. pack reads runs of 32 features of eight rows and writes for each feature a byte
// of low bits and one of high bits, row i's at bit i. turn makes of 32 lines, tile_step apart, the planes of 32
// features, 8 words apart.
struct PlaneKernels {
  void (*pack)(const std::uint8_t* const* rows, const std::uint32_t* runs, std::size_t count, std::uint8_t* lo,
               std::uint8_t* hi);
  void (*turn)(const std::uint8_t* lines, std::uint64_t* out);
};
extern const PlaneKernels planes_portable;
extern const PlaneKernels planes_avx2;

}  // namespace glovebox::engine
