// slice_score.h: from an opened slice to the block of its score. Which instructions run and which addresses are touched
// is a function of the model and of the slice's kind: a record is turned into numbers by masks, also a wrong one, which
// sets a bit of the block's status and nothing else. (The proof is a test: tests/trace.)
#pragma once
#include <memory>

#include "bundle/bundle.h"
#include "protocol/slice.h"
#include "result/measured.h"
#include "scoring/model_engine.h"

namespace glovebox::scoring {

class SliceModel {
 public:
  // compile makes everything ready once, before any person's data is there: too_large, of the engines'. The bundle must
  // outlive it.
  static Result<SliceModel> compile(const bundle::Bundle& bundle);
  ~SliceModel();
  SliceModel(SliceModel&&) noexcept;
  SliceModel& operator=(SliceModel&&) noexcept;

  // slice_size is how many bytes a slice for this model has; block_size, its block.
  std::size_t slice_size() const;
  std::size_t block_size() const;
  // engine is what the model's rows are computed by, also those of whole files and tables (JobOptions::engine).
  const ModelEngine& engine() const;
  // score returns the block (result/measured.h). The Error is of the slice's public structure alone: parse_slice's.
  Result<SecretBytes> score(View slice) const;

 private:
  struct State;
  explicit SliceModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::scoring
