// document.h: what the documents of docs/spec/request.md share: bounds, the form of times, and a signed document that
// was opened. Every document is a CBOR array whose first element is its label; signed ones are COSE_Sign1 by Ed25519
// with that label as external AAD, so no kind can be taken for another.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/cbor.h"
#include "base/time.h"
#include "crypto/cose.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"

namespace glovebox::protocol {

constexpr std::int64_t seconds_max = 253402300799;  // 9999-12-31T23:59:59Z
constexpr std::size_t sealed_share_max = 256;       // the ciphertext of a share

using RequestId = Array<16>;
using KeyNumber = Array<16>;  // the random key id inside a wrapped key: what uses are counted under
using ReleaseId = Array<16>;
using Binding = Array<64>;  // digest of docs/spec/evidence.md

// Opened is a document whose signature was checked, with the digest of its payload: what other documents name it by.
template <class T>
struct Opened {
  T document;
  Digest digest;
};

// write_time and read_time are for times in whole seconds.
void write_time(cbor::Writer& out, Time time);
Time read_time(cbor::Reader& in);
void write_optional_time(cbor::Writer& out, const std::optional<Time>& time);
std::optional<Time> read_optional_time(cbor::Reader& in);
void write_optional_digest(cbor::Writer& out, const std::optional<Digest>& digest);
std::optional<Digest> read_optional_digest(cbor::Reader& in);
// read_public reads [kem, public key] as two fields; the reader then holds type_unsupported or key_invalid.
std::optional<crypto::KemPublic> read_public(cbor::Reader& in);
crypto::Kem read_kem(cbor::Reader& in);

// check_size: too_large, with the kind of document.
Status check_size(std::string_view label, std::size_t size, std::size_t max);
// open_as verifies a signed document and returns its payload; a signature that does not verify is `wrong_signature`, a
// word that says what it means for this kind.
Result<View> open_as(Reject wrong_signature, View cose, const crypto::VerifyKey& key, std::string_view label,
                     std::size_t size_max);
// unverified_payload is for finding out under which key to verify.
Result<View> unverified_payload(View cose, std::string_view label, std::size_t size_max);

}  // namespace glovebox::protocol
