#include "engine/dosage_planes.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace glovebox::engine {
namespace {
void pack(const std::uint8_t* const* rows, const std::uint32_t* runs, std::size_t count, std::uint8_t* lo,
          std::uint8_t* hi) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t f = 0; f < run_features; ++f) {
      unsigned low = 0;
      unsigned high = 0;
      for (unsigned r = 0; r < 8; ++r) {
        const unsigned code = rows[r][runs[i] * run_features + f];
        low |= (code & 1) << r;
        high |= (code >> 1 & 1) << r;
      }
      lo[i * run_features + f] = static_cast<std::uint8_t>(low);
      hi[i * run_features + f] = static_cast<std::uint8_t>(high);
    }
}

void turn(const std::uint8_t* lines, std::uint64_t* out) {
  for (std::size_t f = 0; f < run_features; ++f)
    for (std::size_t w = 0; w < plane_words; ++w) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{lines[(8 * w + i) * tile_step + f]} << (8 * i);
      out[8 * f + w] = word;
    }
}
}  // namespace

const PlaneKernels planes_portable{.pack = pack, .turn = turn};

FeatureRuns runs_of(std::size_t features, const Blocks& blocks) {
  FeatureRuns out;
  std::vector<bool> used((features + run_features - 1) / run_features, false);
  for (const std::uint32_t split : blocks.splits)
    if (split != 0) used[feature_of(split) / run_features] = true;
  out.slot_of_feature.resize(features);
  for (std::size_t run = 0; run < used.size(); ++run) {
    if (!used[run]) continue;
    for (std::size_t f = run * run_features; f < std::min(features, (run + 1) * run_features); ++f)
      out.slot_of_feature[f] = static_cast<std::uint32_t>(out.slots() + f % run_features);
    out.runs.push_back(static_cast<std::uint32_t>(run));
  }
  return out;
}

void planes_of_rows(Path path, const FeatureRuns& runs, const std::uint8_t* codes, std::size_t features,
                    std::size_t rows, std::uint8_t* tile, std::uint64_t* out) {
#if defined(__x86_64__)
  const PlaneKernels& kernels = path == Path::avx2 ? planes_avx2 : planes_portable;
#else
  const PlaneKernels& kernels = planes_portable;
#endif
  std::uint8_t* const high = tile + tile_bytes / 2;
  for (std::size_t begin = 0; begin < runs.runs.size(); begin += tile_runs) {
    const std::size_t count = std::min(tile_runs, runs.runs.size() - begin);
    const std::uint32_t* list = runs.runs.data() + begin;
    const std::size_t last = std::size_t{list[count - 1]} * run_features;
    const std::size_t rest = features - last < run_features ? features - last : 0;  // of a last run that is not whole
    for (std::size_t line = 0; 8 * line < rows; ++line) {
      std::array<const std::uint8_t*, 8> row;
      for (std::size_t i = 0; i < 8; ++i) row[i] = codes + std::min(8 * line + i, rows - 1) * features;
      std::uint8_t* lo = tile + line * tile_step;
      std::uint8_t* hi = high + line * tile_step;
      kernels.pack(row.data(), list, rest != 0 ? count - 1 : count, lo, hi);
      if (rest == 0) continue;
      std::array<std::array<std::uint8_t, run_features>, 8> ends{};
      for (std::size_t i = 0; i < 8; ++i) {
        std::memcpy(ends[i].data(), row[i] + last, rest);
        row[i] = ends[i].data();
      }
      const std::uint32_t first = 0;
      kernels.pack(row.data(), &first, 1, lo + (count - 1) * run_features, hi + (count - 1) * run_features);
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t* planes = out + (begin + i) * run_features * 8;
      kernels.turn(tile + i * run_features, planes);
      kernels.turn(high + i * run_features, planes + plane_words);
    }
  }
}

void gather_planes(const FeatureRuns& runs, std::size_t features, const std::uint64_t* lo, const std::uint64_t* hi,
                   std::size_t stride, std::uint64_t* out) {
  for (std::size_t i = 0; i < runs.runs.size(); ++i) {
    const std::size_t begin = std::size_t{runs.runs[i]} * run_features;
    const std::size_t end = std::min(features, begin + run_features);
    std::uint64_t* to = out + i * run_features * 2 * plane_words;
    for (std::size_t f = begin; f < end; ++f, to += 2 * plane_words) {
      std::memcpy(to, lo + f * stride, plane_bytes);
      std::memcpy(to + plane_words, hi + f * stride, plane_bytes);
    }
  }
}

}  // namespace glovebox::engine
