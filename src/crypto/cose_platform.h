// cose_platform.h: COSE_Sign1 signed with a platform's key on a curve, ES256 (-7) or ES384, without external AAD, as
// Arm's tokens are. The envelope is cose.h's.
#pragma once
#include "crypto/cose.h"
#include "crypto/platform_key.h"

namespace glovebox::crypto {

constexpr std::int64_t cose_es256 = -7;

Bytes cose_sign1(const PlatformSigner& key, View payload);  // untagged
// verify_cose_sign1: algorithm_unsupported unless the document names exactly the key's algorithm; signature_invalid.
Status verify_cose_sign1(const CoseSign1& cose, const PlatformKey& key);

}  // namespace glovebox::crypto
