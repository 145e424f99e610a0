#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace glovebox::crypto {
void random(std::span<std::uint8_t> out) {
  if (out.empty()) return;
  must(out.size() <= INT32_MAX && RAND_bytes(out.data(), static_cast<int>(out.size())) == 1, "RAND_bytes");
}
}  // namespace glovebox::crypto
