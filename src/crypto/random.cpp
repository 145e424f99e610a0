#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace glovebox::crypto {
void random(std::span<std::uint8_t> out) {
  if (out.empty()) return;
  must(out.size() <= INT32_MAX && RAND_bytes(out.data(), static_cast<int>(out.size())) == 1, "RAND_bytes");
}

Status mix_random(View bytes) {
  if (bytes.size() > INT32_MAX) return fail(Reject::too_large);
  const std::array<std::uint8_t, 32> before = random_array<32>();  // the generator exists from here on
  RAND_add(bytes.data(), static_cast<int>(bytes.size()), static_cast<double>(bytes.size()));
  if (RAND_status() != 1 || random_array<32>() == before)
    return fail(Reject::internal, "the generator did not take new bytes");
  return {};
}
}  // namespace glovebox::crypto
