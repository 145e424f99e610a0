#include "engine/dosage_row.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

namespace glovebox::engine {
namespace {
// What a pack costs, in instructions: to gather a code, and to look a level up in one bank.
constexpr std::size_t gather_cost = 4;
constexpr std::size_t bank_cost = 34;

// Numbers for features, in the order of a dictionary.
using Slots = std::unordered_map<std::uint32_t, std::uint32_t>;

class Compiler {
 public:
  Compiler(const model::Ensemble& ensemble, const Blocks& blocks) : in_(blocks) {
    out_.features = ensemble.features;
    out_.intercept = ensemble.intercept;
  }

  RowProgram run() {
    // Blocks of the same depth side by side, those of a tree near each other.
    std::vector<std::size_t> order(in_.blocks.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return in_.blocks[a].depth > in_.blocks[b].depth; });
    share_a_dictionary();
    out_.places.resize(in_.blocks.size());
    for (std::size_t i = 0; i < order.size(); i += row_lanes)
      pack(std::span(order).subspan(i, std::min(row_lanes, order.size() - i)));
    for (const BlockTree& tree : in_.trees)
      out_.trees.push_back({.group = tree.group,
                            .count = static_cast<std::uint32_t>(tree.count),
                            .constant = tree.constant,
                            .first = tree.first});
    for (const Dictionary& d : out_.dictionaries) {
      out_.bytes_packed = std::max(out_.bytes_packed, d.banks() * bank_codes / 4);
      if (d.gathers) out_.codes_gathered = std::max(out_.codes_gathered, d.count);
    }
    return std::move(out_);
  }

 private:
  // The dictionary of most packs: all features as they are, or the used ones gathered where they are few.
  void share_a_dictionary() {
    std::vector<bool> used(out_.features, false);
    std::size_t count = 0;
    for (const std::uint32_t split : in_.splits) {
      if (split == 0 || used[feature_of(split)]) continue;
      used[feature_of(split)] = true;
      ++count;
    }
    if (count * 4 >= out_.features) {
      out_.dictionaries.push_back({.gathers = false, .first = 0, .count = out_.features});
      return;
    }
    for (std::size_t f = 0; f < out_.features; ++f)
      if (used[f]) {
        shared_.emplace(static_cast<std::uint32_t>(f), static_cast<std::uint32_t>(out_.gathered.size()));
        out_.gathered.push_back(static_cast<std::uint32_t>(f));
      }
    out_.dictionaries.push_back({.gathers = true, .first = 0, .count = count});
  }

  void pack(std::span<const std::size_t> blocks) {
    const unsigned depth = in_.blocks[blocks.front()].depth;
    // A dictionary of the pack's own, if that is cheaper than all the banks of the shared one.
    Slots own;
    for (const std::size_t b : blocks) {
      const Block& block = in_.blocks[b];
      for (std::size_t i = 0; i + 1 < std::size_t{1} << block.depth; ++i)
        if (const std::uint32_t split = in_.splits[block.splits + i]; split != 0)
          own.emplace(feature_of(split), static_cast<std::uint32_t>(own.size()));
    }
    RowPack made{.depth = depth, .splits = out_.lines.size()};
    const auto looking = [&](std::size_t codes_count) {
      return depth * bank_cost * ((codes_count + bank_codes - 1) / bank_codes);
    };
    const std::size_t shared_count = out_.dictionaries[0].count;
    const bool alone =
        shared_count > banks_max * bank_codes || gather_cost * own.size() + looking(own.size()) < looking(shared_count);
    if (alone) {
      made.dictionary = static_cast<std::uint32_t>(out_.dictionaries.size());
      out_.dictionaries.push_back({.gathers = true, .first = out_.gathered.size(), .count = own.size()});
      out_.gathered.resize(out_.gathered.size() + own.size());
      for (const auto& [feature, slot] : own) out_.gathered[out_.dictionaries.back().first + slot] = feature;
    }
    const auto slot_of = [&](std::uint32_t feature) {
      if (alone) return own.at(feature);
      return out_.dictionaries[0].gathers ? shared_.at(feature) : feature;
    };
    made.lines = out_.dictionaries[made.dictionary].banks() > 4 ? 3 : 2;
    const std::size_t size = std::size_t{1} << depth;
    out_.lines.resize(out_.lines.size() + (size - 1) * made.lines * row_lanes);
    made.leaves = out_.lines.size();
    out_.lines.resize(out_.lines.size() + size * 4 * row_lanes);
    for (std::size_t place = 0; place < blocks.size(); ++place) {
      fill(made, in_.blocks[blocks[place]], lane_at(place), slot_of);
      out_.places[blocks[place]] = static_cast<std::uint32_t>(out_.packs.size() * row_lanes + place);
    }
    out_.packs.push_back(made);
  }

  // A block that is not so deep as its pack has every leaf as often as it takes; what it splits by then is all the
  // same.
  void fill(const RowPack& pack, const Block& block, std::size_t lane, const auto& slot_of) {
    for (std::size_t i = 0; i + 1 < std::size_t{1} << block.depth; ++i) {
      const std::uint32_t split = in_.splits[block.splits + i];
      if (split == 0) continue;
      const std::uint32_t slot = slot_of(feature_of(split));
      const std::uint32_t right = right_codes_of(split);
      const std::uint32_t table = (right & 1) << 7 | (right & 2) << 5 | (right & 4) << 3 | (right & 8) << 1;
      const std::uint32_t bank = slot / bank_codes;
      const std::size_t width = std::bit_floor(i + 1);  // of the split's level
      std::uint8_t* level = out_.lines.data() + pack.splits + (width - 1) * pack.lines * row_lanes;
      std::uint8_t* at = level + (i + 1 - width) * row_lanes + lane;
      at[0] = static_cast<std::uint8_t>(slot % bank_codes / 4);
      at[width * row_lanes] = static_cast<std::uint8_t>(table | slot % 4 << 2 | (pack.lines == 2 ? bank : 0));
      if (pack.lines == 3) at[2 * width * row_lanes] = static_cast<std::uint8_t>(bank);
    }
    for (unsigned b = 0; b < 4; ++b)
      for (std::size_t j = 0; j < std::size_t{1} << pack.depth; ++j) {
        const std::uint32_t leaf = in_.leaves[block.leaves + (j >> (pack.depth - block.depth))];
        out_.lines[pack.leaves + ((std::size_t{b} << pack.depth) + j) * row_lanes + lane] =
            static_cast<std::uint8_t>(leaf >> (8 * b));
      }
  }

  const Blocks& in_;
  RowProgram out_;
  Slots shared_;
};

#if defined(__x86_64__)
// Codes of the dictionary, packed into whole banks.
void pack_dictionary(const RowProgram& program, const Dictionary& dictionary, const std::uint8_t* codes,
                     const RowScratch& scratch) {
  std::size_t done = 0;
  if (!dictionary.gathers) {
    done = dictionary.count / pack_codes * pack_codes;
    pack_codes_avx2(codes, done, scratch.packed);
    std::memcpy(scratch.gathered, codes + done, dictionary.count - done);
  } else {
    const std::uint32_t* features = program.gathered.data() + dictionary.first;
    for (std::size_t i = 0; i < dictionary.count; ++i) scratch.gathered[i] = codes[features[i]];
  }
  // What lies beyond the last code is packed with it and pointed to by no split.
  const std::size_t rest = (dictionary.count - done + pack_codes - 1) / pack_codes * pack_codes;
  pack_codes_avx2(scratch.gathered, rest, scratch.packed + done / 4);
}

void evaluate(const RowProgram& program, const std::uint8_t* codes, const RowScratch& scratch) {
  std::size_t packed = program.dictionaries.size();  // which of them is packed now: none
  for (std::size_t p = 0; p < program.packs.size(); ++p) {
    const RowPack& pack = program.packs[p];
    const Dictionary& dictionary = program.dictionaries[pack.dictionary];
    if (packed != pack.dictionary) pack_dictionary(program, dictionary, codes, scratch);
    packed = pack.dictionary;
    evaluate_avx2(pack.depth, pack.lines, program.lines.data() + pack.splits, program.lines.data() + pack.leaves,
                  scratch.packed, dictionary.banks(), scratch.results + p * row_lanes);
  }
}
#endif

// The leaf that a row reaches in a block: every split is computed, then the levels chosen from, then the leaves.
std::uint32_t leaf_of(const Blocks& blocks, const Block& block, const std::uint8_t* codes) {
  std::array<std::uint32_t, block_depth_max> way;  // at each level: 0, or all ones for right
  std::array<std::uint32_t, std::size_t{1} << (block_depth_max - 1)> level;
  const std::uint32_t* splits = blocks.splits.data() + block.splits;
  std::uint32_t reached = 0;
  for (unsigned k = 0; k < block.depth; ++k) {
    const std::size_t width = std::size_t{1} << k;
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint32_t split = splits[width - 1 + i];
      level[i] = 0 - (right_codes_of(split) >> (codes[feature_of(split)] & 3) & 1);
    }
    for (unsigned up = k; up-- > 0;)
      for (std::size_t i = 0; i < std::size_t{1} << up; ++i)
        level[i] = level[2 * i] ^ ((level[2 * i] ^ level[2 * i + 1]) & way[up]);
    way[k] = level[0];
    reached = 2 * reached + (level[0] & 1);
  }
  std::uint32_t picked = 0;
  for (std::uint32_t j = 0; j < 1U << block.depth; ++j)
    picked |= blocks.leaves[block.leaves + j] & (0 - (((reached ^ j) - 1) >> 31));
  return picked;
}

// A link is a number, found by comparing with every block that could be meant: later blocks only.
std::uint32_t follow(const RowProgram& program, const RowTree& tree, const std::uint32_t* results) {
  const std::uint32_t* places = program.places.data() + tree.first;
  std::uint32_t leaf = results[places[0]];
  for (std::uint32_t b = 1; b < tree.count; ++b) {
    const std::uint64_t difference = leaf ^ link_to(b);
    const auto meant = static_cast<std::uint32_t>((difference - 1) >> 32);
    leaf ^= (leaf ^ results[places[b]]) & meant;
  }
  return leaf;
}
}  // namespace

RowProgram row_program(const model::Ensemble& ensemble, const Blocks& blocks) {
  return Compiler(ensemble, blocks).run();
}

void row(const RowProgram& program, const Blocks& blocks, Path path, const std::uint8_t* codes,
         const RowScratch& scratch, float* margins) {
  bool done = false;
#if defined(__x86_64__)
  if (path == Path::avx2) {
    evaluate(program, codes, scratch);
    done = true;
  }
#endif
  if (!done)
    for (std::size_t b = 0; b < blocks.blocks.size(); ++b)
      scratch.results[program.places[b]] = leaf_of(blocks, blocks.blocks[b], codes);
  std::ranges::copy(program.intercept, margins);
  // Each addition waits for the one before: the sum stays in a register while the group does.
  std::uint32_t group = 0;
  float sum = margins[group];
  for (const RowTree& tree : program.trees) {
    if (tree.group != group) {
      margins[group] = sum;
      group = tree.group;
      sum = margins[group];
    }
    sum += std::bit_cast<float>(tree.count == 0 ? tree.constant : follow(program, tree, scratch.results));
  }
  margins[group] = sum;
}

}  // namespace glovebox::engine
