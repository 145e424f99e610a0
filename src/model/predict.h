// predict.h: the reference predictor: slow, obvious, and XGBoost's own arithmetic bit for bit. Faster engines are
// tested against it.
#pragma once
#include "model/ensemble.h"

namespace glovebox::model {

// predict_margin writes the margins of one row. `features` has ensemble.features values, NaN for missing; `out` has
// ensemble.groups. Any other size is an error of the caller's and aborts.
void predict_margin(const Ensemble& ensemble, std::span<const float> features, std::span<float> out);

// transform turns margins (ensemble.groups) into predictions (ensemble.outputs()), as XGBoost's objective does.
void transform(const Ensemble& ensemble, std::span<const float> margins, std::span<float> out);

// goes_left is where a split sends one value, NaN being missing. Every engine asks it, so that none has its own rule.
bool goes_left(const Tree& tree, const Node& node, float value);

// leaf_of is the leaf that a row reaches in one tree: the index of its node.
std::size_t leaf_of(const Tree& tree, std::span<const float> features);

}  // namespace glovebox::model
