// markers.h: the addresses whose stores say in a recorded trace where a watched run begins and ends.
#pragma once
#include <cstdint>

namespace glovebox::trace {

constexpr std::uintptr_t marker_begin = 0x200000000;
constexpr std::uintptr_t marker_end = marker_begin + 64;

}  // namespace glovebox::trace
