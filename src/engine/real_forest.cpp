#include "engine/real_forest.h"

#include <algorithm>
#include <cstdlib>

#include "engine/dosage_row.h"
#include "engine/real_answers.h"
#include "engine/scratch.h"

namespace glovebox::engine {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

struct RealForest::Program {
  RealSplits splits;
  BatchProgram batch;
  RowProgram row;
};

RealForest::RealForest(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
RealForest::RealForest(RealForest&&) noexcept = default;
RealForest& RealForest::operator=(RealForest&&) noexcept = default;
RealForest::~RealForest() = default;

Result<RealForest> RealForest::compile(const model::Ensemble& ensemble) {
  auto program = std::make_unique<Program>();
  GLOVEBOX_TRY(splits, real_splits_of(ensemble));
  program->splits = std::move(splits);
  // What the kernels know of the answers: how many there are, and that each is its own place.
  model::Ensemble answers;
  answers.features = std::max<std::size_t>(program->splits.answers(), 1);
  answers.groups = ensemble.groups;
  answers.intercept = ensemble.intercept;
  std::vector<std::uint32_t> place(answers.features);
  for (std::uint32_t i = 0; i < place.size(); ++i) place[i] = i;
  program->batch = batch_program(answers, program->splits.blocks, place);
  program->row = row_program(answers, program->splits.blocks);
  return RealForest(std::move(program));
}

std::size_t RealForest::features() const {
  return program_->splits.features;
}
std::size_t RealForest::groups() const {
  return program_->batch.intercept.size();
}

struct RealWorkspace::Memory {
  const RealForest::Program* program;
  Path path;
  bool many;
  BatchScratch batch;
  RowScratch row;
  std::int32_t* keys = nullptr;
  std::uint64_t* planes = nullptr;  // of the answers
  std::uint8_t* codes = nullptr;
  Scratch scratch;

  Memory(const RealForest::Program* of, Path on, bool for_many)
      : program(of), path(on), many(for_many), scratch([this](Scratch::Cutter& cutter) {
          if (many) {
            cutter.take(batch, program->batch);
            cutter.take(keys, batch_rows);
            cutter.take(planes, program->row.features * plane_words);
          }
          cutter.take(codes, program->row.features);
          cutter.take(row, program->row);
        }) {}
};

RealWorkspace::RealWorkspace(const RealForest& forest, Path path, Rows rows)
    : memory_(std::make_unique<Memory>(forest.program_.get(), path, rows == Rows::many)) {}
RealWorkspace::RealWorkspace(RealWorkspace&&) noexcept = default;
RealWorkspace& RealWorkspace::operator=(RealWorkspace&&) noexcept = default;
RealWorkspace::~RealWorkspace() = default;

void RealForest::row(std::span<const float> values, std::span<float> margins, RealWorkspace& workspace) const {
  const RealWorkspace::Memory& memory = *workspace.memory_;
  require(memory.program == program_.get() && values.size() == features() && margins.size() == groups());
  codes_of_values(program_->splits, memory.path, values.data(), memory.codes);
  engine::row(program_->row, program_->splits.blocks, memory.path, memory.codes, memory.row, margins.data());
}

void RealForest::batch(std::span<const float> values, std::size_t rows, std::span<float> margins,
                       RealWorkspace& workspace) const {
  const RealWorkspace::Memory& memory = *workspace.memory_;
  require(memory.program == program_.get() && memory.many && values.size() == rows * features() &&
          margins.size() == rows * groups());
  const PlaneSource source{
      .lo = memory.planes, .hi = memory.planes, .stride = plane_words, .features = program_->batch.features};
  for (std::size_t done = 0; done < rows; done += batch_rows) {
    const std::size_t now = std::min(batch_rows, rows - done);
    planes_of_values(program_->splits, memory.path, values.data() + done * features(), now, memory.keys, memory.planes);
    engine::batch(program_->batch, memory.path, source, memory.batch, now, margins.data() + done * groups());
  }
}

}  // namespace glovebox::engine
