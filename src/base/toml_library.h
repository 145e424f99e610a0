// toml_library.h: toml++ with its settings, the same in every file that includes it (its templates are shared, so other
// settings would break the one definition rule). To be included in .cpp files alone: it is large.
//
// The library states what it takes for granted as assertions, which in a release build are undefined behaviour, and
// hostile text makes some of them false ("[+x]", "a = [}"). Here they throw, and who calls toml::parse catches
// TomlAssumption.
#pragma once

namespace glovebox {
struct TomlAssumption {};
[[noreturn]] inline void toml_assumption_failed() {
  throw TomlAssumption();
}
}  // namespace glovebox

#undef NDEBUG
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::glovebox::toml_assumption_failed())

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include <toml++/toml.hpp>
#pragma GCC diagnostic pop
