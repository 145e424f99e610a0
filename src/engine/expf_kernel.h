// expf_kernel.h: what expf.cpp calls where the processor has AVX2.
#pragma once
#include <cstddef>

namespace glovebox::engine {

// exp_avx2 replaces each of `count` values, a multiple of 8.
void exp_avx2(float* values, std::size_t count);

}  // namespace glovebox::engine
