#include "scoring/slice_engine.h"

#include "engine/transform.h"
#include "model/predict.h"

namespace glovebox::scoring {

void SliceEngine::trees(std::span<const float> features, std::span<float> margins, std::span<float> predictions) const {
  model::predict_margin(bundle_->ensemble(), features, margins);
  engine::transform(bundle_->ensemble().link, margins, predictions);
}

model::Sums SliceEngine::sum(std::span<const model::Dose> doses) const {
  return model::sum_of(*bundle_->polygenic(), doses);
}

}  // namespace glovebox::scoring
