// openssl.h: OpenSSL's objects with owners. Only crypto's own .cpp files and tests include this.
#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/bytes.h"
#include "crypto/sign.h"
#include "crypto/x509.h"

namespace glovebox::crypto {

template <auto Free>
struct Freed {
  void operator()(auto* p) const { Free(p); }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using X509Owned = std::unique_ptr<X509, Freed<X509_free>>;

// must ends the program: for calls that fail only when memory is exhausted or OpenSSL lacks what it always has. Nothing
// that hostile bytes can cause goes through it.
inline void must(bool good, const char* what) {
  if (good) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  std::fprintf(stderr, "glovebox: internal: OpenSSL failed in %s: %s\n", what, reason);
  std::abort();
}

// ForgetErrors empties OpenSSL's error queue on the way out: after hostile input it is full, and a later message of
// ours must not quote it.
struct ForgetErrors {
  ForgetErrors() = default;
  ~ForgetErrors() { ERR_clear_error(); }
  ForgetErrors(const ForgetErrors&) = delete;
  ForgetErrors& operator=(const ForgetErrors&) = delete;
};

// Algorithms are fetched once: a fetch by name takes locks and longer than hashing a short message.
const EVP_MD* digest_named(const char* name);

struct EcPublic::State {
  Pkey key;
};
struct EcKey::State {
  Pkey key;
};
struct Certificate::State {
  Bytes der;
  Digest digest;
  CertificateFields fields;
  Pkey key;                      // null where OpenSSL knows no such key
  std::optional<EcPublic> p384;  // the same, where it is one
  X509Owned x509;                // its form alone: x509_key.h has its key and its signature
};

}  // namespace glovebox::crypto
