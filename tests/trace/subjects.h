// subjects.h: what the trace tests watch: small pieces of the engine, each with a secret that goes in and numbers that
// come out, and beside them engines that leak on purpose.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace glovebox::trace {

// Random is small, because what draws is in the recorded trace too.
struct Random {
  std::uint64_t state = 1;
  std::uint32_t operator()() {
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<std::uint32_t>(state >> 33);
  }
};

// A Subject is made once; `draw` fills the secret anew, `run` computes from it, `right` compares the result with the
// reference's. Only `run` is watched.
struct Subject {
  std::string name;
  bool leaks = false;
  std::size_t rows = 1;    // inputs of one run
  std::size_t seldom = 1;  // of so many runs that are asked for one is made: its trace is long
  std::function<void(Random&)> draw;
  std::function<void()> run;
  std::function<bool()> right;
  std::span<std::byte> secret;
  std::span<std::byte> result;
};

// Size says how much: a recorded trace is long, so that what it is recorded of must be small.
enum class Size { small, tiny };

std::vector<Subject> subjects(Size size);
// add_slices adds the path of a slice through the enclave, and slices that are read carelessly.
void add_slices(std::vector<Subject>& all, Size size);

}  // namespace glovebox::trace
