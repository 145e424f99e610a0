#include "crypto/init.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// OpenSSL comes uninstrumented. Its hash table lets readers in without a lock, by atomics that ThreadSanitizer does not
// see.
extern "C" const char* __tsan_default_suppressions() {
  return "race:ossl_ht_get\n";
}
#endif
#endif

namespace glovebox::crypto {
namespace {
bool present(const char* kem) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kem, nullptr));
  return context != nullptr;
}
}  // namespace

Status start(EntropyCheck check) {
  const ForgetErrors forget;
  if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr) != 1)
    return fail(Reject::internal, "OpenSSL does not start");
  if (check != nullptr) GLOVEBOX_CHECK(check());
  std::uint8_t probe[1];
  if (RAND_bytes(probe, sizeof probe) != 1) return fail(Reject::entropy_unavailable, "RAND_bytes failed");
  if (!present("ML-KEM-768") || !present("X25519") || !present("ED25519"))
    return fail(Reject::internal, "an OpenSSL without ML-KEM, X25519 or Ed25519", "OpenSSL 3.5 or later");
  return {};
}
}  // namespace glovebox::crypto
