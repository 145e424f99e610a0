// transform.h: margins into predictions with a constant trace: model::transform bit for bit, with `exp_of` where that
// one calls the C library.
//
// Known of division: its time depends on the operands in some processors. Here it divides doubles that are never
// subnormal, which is the worst of it; more is not claimed (docs/spec/engine.md).
#pragma once
#include "model/ensemble.h"

namespace glovebox::engine {

// transform writes the predictions of one row: as many as margins, one for Link::argmax. Other sizes abort.
void transform(model::Link link, std::span<const float> margins, std::span<float> out);

}  // namespace glovebox::engine
