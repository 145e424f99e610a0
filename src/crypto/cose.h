// cose.h: COSE_Sign1 (RFC 9052 section 4.2) with Ed25519 (EdDSA, -8) or ES384 (-35). The protected header is exactly
// {1: algorithm} and the unprotected one empty, so a document carries nothing that could steer its verification.
// The external AAD is the label of the kind of document ("glovebox request v1"): a signature over one kind can never be
// shown as one over another.
#pragma once
#include "base/cbor.h"
#include "crypto/sign.h"

namespace glovebox::crypto {

constexpr std::size_t cose_size_max = std::size_t{1} << 20;  // a whole COSE_Sign1
constexpr std::int64_t cose_eddsa = -8;
constexpr std::int64_t cose_es384 = -35;

// cose_sign1 writes the untagged COSE_Sign1 in deterministic form.
Bytes cose_sign1(const SigningKey& key, View payload, View external_aad);
Bytes cose_sign1(const EcKey& key, View payload, View external_aad);

// CoseSign1 is one as received. Its views borrow the bytes that were parsed.
struct CoseSign1 {
  View protected_bytes;  // as received; what is verified
  std::int64_t algorithm = 0;
  View payload;
  View signature;
  bool tagged = false;  // with tag 18; foreign form only
};

// parse_cose_sign1_unverified reads the form and checks no signature: nothing of the payload may be used before
// verify_cose_sign1, except to find the key to verify under. Strict form takes only what cose_sign1 writes.
// truncated, trailing_bytes, malformed, not_deterministic, too_large.
Result<CoseSign1> parse_cose_sign1_unverified(View cose, cbor::Form form);

// verify_cose_sign1 checks the signature over the bytes as received. algorithm_unsupported unless the document names
// exactly the key's algorithm; signature_invalid.
Status verify_cose_sign1(const CoseSign1& cose, const VerifyKey& key, View external_aad);
Status verify_cose_sign1(const CoseSign1& cose, const EcPublic& key, View external_aad);

// sign_document and open_signed are both for our own documents: Ed25519, strict form, the kind's label as external AAD.
// The payload returned borrows `cose`.
Bytes sign_document(const SigningKey& key, View payload, std::string_view label);
Result<View> open_signed(View cose, const VerifyKey& key, std::string_view label);

}  // namespace glovebox::crypto
