// expf.h: the exponential of float32 with a constant trace, and with the bits of glibc 2.41's expf on all 2^32 inputs
// (docs/spec/model.md). glibc's own branches on the size of its argument and looks up a table by its last bits.
//
// glibc has two builds of its function and takes the one with fused multiplication where the processor has it. The two
// differ in 2 of the 2^32 results. Ours are those of the fused one, on every machine.
#pragma once
#include <span>

#include "engine/path.h"

namespace glovebox::engine {

float exp_of(float x);

// exp_of in place, for many.
void exp_of(std::span<float> values, Path path = best_path());

}  // namespace glovebox::engine
