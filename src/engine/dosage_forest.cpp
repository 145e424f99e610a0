#include "engine/dosage_forest.h"

#include <algorithm>
#include <cstdlib>

#include "engine/dosage_batch.h"
#include "engine/dosage_planes.h"
#include "engine/dosage_row.h"
#include "engine/scratch.h"

namespace glovebox::engine {
namespace {
// Up to so many rows cost less one by one than as a batch of 256.
constexpr std::size_t rows_one_by_one = 12;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
std::size_t bytes_of(const std::vector<T>& v) {
  return v.capacity() * sizeof(T);
}
}  // namespace

struct DosageForest::Program {
  std::size_t features = 0;
  Blocks blocks;
  FeatureRuns runs;
  BatchProgram batch;
  RowProgram row;

  std::size_t bytes() const {
    return bytes_of(blocks.trees) + bytes_of(blocks.blocks) + bytes_of(blocks.splits) + bytes_of(blocks.leaves) +
           bytes_of(runs.runs) + bytes_of(batch.features) + bytes_of(batch.slots) + bytes_of(batch.segments) +
           bytes_of(batch.blocks) + bytes_of(batch.splits) + bytes_of(batch.leaves) + bytes_of(batch.exits) +
           bytes_of(row.dictionaries) + bytes_of(row.gathered) + bytes_of(row.packs) + bytes_of(row.lines) +
           bytes_of(row.places) + bytes_of(row.trees);
  }
};

DosageForest::DosageForest(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
DosageForest::DosageForest(DosageForest&&) noexcept = default;
DosageForest& DosageForest::operator=(DosageForest&&) noexcept = default;
DosageForest::~DosageForest() = default;

Result<DosageForest> DosageForest::compile(const model::Ensemble& ensemble, std::size_t bytes_max) {
  auto program = std::make_unique<Program>();
  program->features = ensemble.features;
  program->blocks = blocks_of(ensemble);
  program->runs = runs_of(ensemble.features, program->blocks);
  program->batch = batch_program(ensemble, program->blocks, program->runs.slot_of_feature);
  program->runs.slot_of_feature = {};  // has done its work
  program->row = row_program(ensemble, program->blocks);
  if (program->bytes() > bytes_max)
    return fail(Reject::too_large, std::to_string(program->bytes()) + " bytes of compiled model",
                "at most " + std::to_string(bytes_max));
  return DosageForest(std::move(program));
}

std::size_t DosageForest::features() const {
  return program_->features;
}
std::size_t DosageForest::groups() const {
  return program_->batch.intercept.size();
}
std::size_t DosageForest::bytes() const {
  return program_->bytes();
}

struct DosageWorkspace::Memory {
  const DosageForest::Program* program;
  Path path;
  bool many;
  BatchScratch batch;
  RowScratch row;
  std::uint8_t* tile = nullptr;
  std::uint64_t* planes = nullptr;  // of 256 rows, by slot
  Scratch scratch;

  Memory(const DosageForest::Program* of, Path on, bool for_many)
      : program(of), path(on), many(for_many), scratch([this](Scratch::Cutter& cutter) {
          if (many) {
            cutter.take(batch, program->batch);
            cutter.take(tile, tile_bytes);
            cutter.take(planes, program->runs.slots() * 2 * plane_words);
          }
          cutter.take(row, program->row);
        }) {}

  PlaneSource side_by_side() const {
    return {.lo = planes, .hi = planes + plane_words, .stride = 2 * plane_words, .features = program->batch.slots};
  }
};

DosageWorkspace::DosageWorkspace(const DosageForest& forest, Path path, Rows rows)
    : memory_(std::make_unique<Memory>(forest.program_.get(), path, rows == Rows::many)) {}
DosageWorkspace::DosageWorkspace(DosageWorkspace&&) noexcept = default;
DosageWorkspace& DosageWorkspace::operator=(DosageWorkspace&&) noexcept = default;
DosageWorkspace::~DosageWorkspace() = default;

void DosageForest::row(std::span<const std::uint8_t> codes, std::span<float> margins,
                       DosageWorkspace& workspace) const {
  const DosageWorkspace::Memory& memory = *workspace.memory_;
  require(memory.program == program_.get() && codes.size() == features() && margins.size() == groups());
  engine::row(program_->row, program_->blocks, memory.path, codes.data(), memory.row, margins.data());
}

void DosageForest::batch_row_major(std::span<const std::uint8_t> codes, std::size_t rows, std::span<float> margins,
                                   DosageWorkspace& workspace) const {
  const DosageWorkspace::Memory& memory = *workspace.memory_;
  require(memory.many && memory.program == program_.get());
  require(codes.size() == rows * features() && margins.size() == rows * groups());
  const PlaneSource source = memory.side_by_side();
  for (std::size_t done = 0; done < rows; done += batch_rows) {
    const std::size_t now = std::min(batch_rows, rows - done);
    if (now <= rows_one_by_one) {
      for (std::size_t r = done; r < rows; ++r)
        row(codes.subspan(r * features(), features()), margins.subspan(r * groups(), groups()), workspace);
      return;
    }
    planes_of_rows(memory.path, program_->runs, codes.data() + done * features(), features(), now, memory.tile,
                   memory.planes);
    batch(program_->batch, memory.path, source, memory.batch, now, margins.data() + done * groups());
  }
}

void DosageForest::batch_planes(std::span<const std::uint64_t> lo, std::span<const std::uint64_t> hi,
                                std::size_t stride, std::size_t rows, std::span<float> margins,
                                DosageWorkspace& workspace) const {
  const DosageWorkspace::Memory& memory = *workspace.memory_;
  require(memory.many && memory.program == program_.get() && margins.size() == rows * groups());
  require(stride % plane_words == 0 && stride * 64 >= rows && lo.size() == features() * stride &&
          hi.size() == lo.size());
  // Of many segments each reads a feature's planes anew: those are first put side by side.
  const bool gathers = program_->batch.segments.size() > 1;
  for (std::size_t done = 0; done < rows; done += batch_rows) {
    PlaneSource source{.lo = lo.data() + done / 64,
                       .hi = hi.data() + done / 64,
                       .stride = stride,
                       .features = program_->batch.features};
    if (gathers) {
      gather_planes(program_->runs, features(), source.lo, source.hi, stride, memory.planes);
      source = memory.side_by_side();
    }
    batch(program_->batch, memory.path, source, memory.batch, std::min(batch_rows, rows - done),
          margins.data() + done * groups());
  }
}

}  // namespace glovebox::engine
