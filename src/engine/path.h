// path.h: the two ways through the engine. Both give the same bits; both have a trace that the data does not change.
#pragma once

namespace glovebox::engine {

// Path is the instruction set that a kernel is written for: any x86-64 (and any other machine that compiles this), or
// AVX2.
enum class Path { portable, avx2 };

// best_path is what this processor and its operating system support, asked for once.
Path best_path();

}  // namespace glovebox::engine
