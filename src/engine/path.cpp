#include "engine/path.h"

namespace glovebox::engine {

Path best_path() {
#if defined(__x86_64__)
  static const Path path = __builtin_cpu_supports("avx2") != 0 ? Path::avx2 : Path::portable;
  return path;
#else
  return Path::portable;
#endif
}

}  // namespace glovebox::engine
