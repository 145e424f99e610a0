// property.h: how a fuzz target says that a property does not hold: it names the property and aborts, in every build.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace glovebox::fuzz {

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

}  // namespace glovebox::fuzz
