// slice_engine.h: the model's arithmetic behind a slice: margins, predictions, exact sums. The one place that knows
// which engine does it.
#pragma once
#include "bundle/bundle.h"

namespace glovebox::scoring {

class SliceEngine {
 public:
  // The bundle must outlive it.
  explicit SliceEngine(const bundle::Bundle& bundle) : bundle_(&bundle) {}

  // trees evaluates an ensemble on one row: floats in the model's order, NaN for missing.
  void trees(std::span<const float> features, std::span<float> margins, std::span<float> predictions) const;
  // sum evaluates a polygenic score.
  model::Sums sum(std::span<const model::Dose> doses) const;

 private:
  const bundle::Bundle* bundle_;
};

}  // namespace glovebox::scoring
