// real_forest.h: a tree ensemble over float32 features, compiled for a constant trace: which instructions run and which
// addresses are read and written follows from the model and the number of rows, never from a value. Numerical and
// categorical splits; NaN is missing. Margins equal model::predict_margin's bit for bit: the same float32 additions in
// the same order.
#pragma once
#include <memory>

#include "engine/path.h"
#include "model/ensemble.h"

namespace glovebox::engine {

class RealWorkspace;

// RealForest is made once, at load, and only read afterwards: by any number of threads and forked children. Its memory
// grows with the model's nodes and categories, whatever the shape of the trees.
class RealForest {
 public:
  // compile refuses (too_large) more than 2^24 different splits; nothing else.
  static Result<RealForest> compile(const model::Ensemble& ensemble);
  RealForest(RealForest&&) noexcept;
  RealForest& operator=(RealForest&&) noexcept;
  ~RealForest();

  std::size_t features() const;
  std::size_t groups() const;  // margins of one row

  // row: one row of features() values to groups() margins.
  void row(std::span<const float> values, std::span<float> margins, RealWorkspace& workspace) const;

  // batch: `rows` rows of features() values, one after the other, to `rows` times groups() margins, row by row.
  void batch(std::span<const float> values, std::size_t rows, std::span<float> margins, RealWorkspace& workspace) const;

 private:
  friend class RealWorkspace;
  struct Program;
  explicit RealForest(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

// RealWorkspace is the memory that one thread computes in, made for one forest; no call allocates. It holds what the
// last row left, and erases it at its end. Spans of other sizes than the forest's, and a workspace of another forest,
// are errors of the caller's and abort.
class RealWorkspace {
 public:
  // Rows says what it is for: `one` has room for RealForest::row alone, which is a small part of it; batches then
  // abort.
  enum class Rows { one, many };

  explicit RealWorkspace(const RealForest& forest, Path path = best_path(), Rows rows = Rows::many);
  RealWorkspace(RealWorkspace&&) noexcept;
  RealWorkspace& operator=(RealWorkspace&&) noexcept;
  ~RealWorkspace();

 private:
  friend class RealForest;
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace glovebox::engine
