// dosage_forest.h: a tree ensemble over dosages, compiled for a constant trace: which instructions run and which
// addresses are read and written follows from the model and the number of rows, never from a code. Margins equal
// model::predict_margin's bit for bit: the same float32 additions in the same order.
//
// A code is 0, 1, 2 or 3 for the feature's value 0.0f, 1.0f, 2.0f or missing. Only its low two bits count.
#pragma once
#include <memory>

#include "engine/path.h"
#include "model/ensemble.h"

namespace glovebox::engine {

// Of what compiling a model may make, in bytes: every model that loads stays far below it (docs/spec/engine.md).
constexpr std::size_t dosage_bytes_max = std::size_t{8} << 30;

class DosageWorkspace;

// DosageForest is made once, at load, and only read afterwards: by any number of threads and forked children.
class DosageForest {
 public:
  // compile refuses (too_large) what would take more than `bytes_max`; nothing else.
  static Result<DosageForest> compile(const model::Ensemble& ensemble, std::size_t bytes_max = dosage_bytes_max);
  DosageForest(DosageForest&&) noexcept;
  DosageForest& operator=(DosageForest&&) noexcept;
  ~DosageForest();

  std::size_t features() const;
  std::size_t groups() const;  // margins of one row
  std::size_t bytes() const;   // of the compiled model, without a workspace

  // row: one row of features() codes to groups() margins.
  void row(std::span<const std::uint8_t> codes, std::span<float> margins, DosageWorkspace& workspace) const;

  // batch_row_major: `rows` rows of features() codes, one after the other, to `rows` times groups() margins, row by
  // row.
  void batch_row_major(std::span<const std::uint8_t> codes, std::size_t rows, std::span<float> margins,
                       DosageWorkspace& workspace) const;

  // batch_planes: bit r % 64 of lo[f * stride + r / 64] is bit 0 of feature f's code in row r, and that of hi bit 1.
  // stride is a multiple of 4 and has 256 rows in each 4 words; both spans have features() * stride words. Bits of
  // rows beyond `rows` do not matter.
  void batch_planes(std::span<const std::uint64_t> lo, std::span<const std::uint64_t> hi, std::size_t stride,
                    std::size_t rows, std::span<float> margins, DosageWorkspace& workspace) const;

 private:
  friend class DosageWorkspace;
  struct Program;
  explicit DosageForest(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

// DosageWorkspace is the memory that one thread computes in, made for one forest; no call allocates. It holds what the
// last row left, and erases it at its end. Spans of other sizes than the forest's, and a workspace of another forest,
// are errors of the caller's and abort.
class DosageWorkspace {
 public:
  // Rows says what it is for: `one` has room for DosageForest::row alone, which is a tenth of it; batches then abort.
  enum class Rows { one, many };

  explicit DosageWorkspace(const DosageForest& forest, Path path = best_path(), Rows rows = Rows::many);
  DosageWorkspace(DosageWorkspace&&) noexcept;
  DosageWorkspace& operator=(DosageWorkspace&&) noexcept;
  ~DosageWorkspace();

 private:
  friend class DosageForest;
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace glovebox::engine
