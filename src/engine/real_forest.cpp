#include "engine/real_forest.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/secret.h"
#include "engine/dosage_row.h"
#include "engine/real_answers.h"

namespace glovebox::engine {
namespace {
constexpr std::size_t alignment = 64;

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

// One piece of memory, cut up once.
struct RealWorkspace::Memory {
  const RealForest::Program* program = nullptr;
  Path path = Path::portable;
  bool many = true;
  std::size_t size = 0;
  std::uint8_t* base = nullptr;
  BatchScratch batch;
  RowScratch row;
  std::int32_t* keys = nullptr;
  std::uint64_t* planes = nullptr;  // of the answers
  std::uint8_t* codes = nullptr;

  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    erase({base, size});
    ::operator delete(base, std::align_val_t{alignment});
  }

  // cut sets every pointer, from `base` on, and returns how much that takes.
  std::size_t cut() {
    std::size_t used = 0;
    const auto take = [&]<class T>(T*& pointer, std::size_t count) {
      pointer = base == nullptr ? nullptr : reinterpret_cast<T*>(base + used);
      used += (count * sizeof(T) + alignment - 1) / alignment * alignment;
    };
    if (many) {
      const BatchProgram& b = program->batch;
      take(batch.planes, b.planes * plane_words);
      take(batch.masks, (b.masks + 1) * plane_words);
      take(batch.selectors, block_depth_max * plane_words);
      take(batch.values, batch_rows);
      take(batch.margins, b.intercept.size() * batch_rows);
      take(keys, batch_rows);
      take(planes, program->row.features * plane_words);
    }
    take(codes, program->row.features);
    take(row.gathered, program->row.codes_gathered + pack_codes);
    take(row.packed, program->row.bytes_packed);
    take(row.results, program->row.packs.size() * row_lanes);
    return used;
  }
};

RealWorkspace::RealWorkspace(const RealForest& forest, Path path, Rows rows) : memory_(std::make_unique<Memory>()) {
  memory_->program = forest.program_.get();
  memory_->path = path;
  memory_->many = rows == Rows::many;
  const std::size_t size = memory_->cut();
  memory_->base = static_cast<std::uint8_t*>(::operator new(size, std::align_val_t{alignment}));
  memory_->size = size;
  std::fill_n(memory_->base, size, std::uint8_t{0});
  memory_->cut();
}
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
