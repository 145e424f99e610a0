#include "base/secret.h"

#include <cstring>

namespace glovebox {
void erase(std::span<std::uint8_t> bytes) {
  if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}
}  // namespace glovebox
