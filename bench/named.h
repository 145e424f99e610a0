// named.h: what bench/table.py names by a variable of the environment: a file.
#pragma once
#include <cstdlib>

#include "base/file.h"

namespace glovebox::bench {

// named reads the file; file_unreadable with the variable's name if it names none.
inline Result<Bytes> named(const char* variable) {
  const char* path = std::getenv(variable);
  if (path == nullptr) return fail(Reject::file_unreadable, variable);
  return read_file(path, std::size_t{1} << 30);
}

}  // namespace glovebox::bench
