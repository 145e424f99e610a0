#include "crypto/cose.h"

#include "crypto/cose_platform.h"

namespace glovebox::crypto {
namespace {
constexpr std::uint64_t cose_sign1_tag = 18;
constexpr std::uint64_t header_algorithm = 1;
constexpr std::size_t protected_max = 16;   // {1: algorithm}
constexpr std::size_t signature_max = 96;   // ES384's
constexpr std::size_t unprotected_max = 8;  // entries read before we refuse any

Bytes protected_header(std::int64_t algorithm) {
  return cbor::Writer().map(1).uint(header_algorithm).integer(algorithm).take();
}

// algorithm_for is 0, which no document names, for a key whose signatures COSE tokens of platforms do not have.
std::int64_t algorithm_for(PlatformKeyKind kind) {
  return kind == PlatformKeyKind::p256 ? cose_es256 : kind == PlatformKeyKind::p384 ? cose_es384 : 0;
}

// to_be_signed is Sig_structure (RFC 9052 section 4.4).
Bytes to_be_signed(View protected_bytes, View external_aad, View payload) {
  return cbor::Writer().array(4).tstr("Signature1").bstr(protected_bytes).bstr(external_aad).bstr(payload).take();
}

template <class Key>
Bytes signed_with(const Key& key, std::int64_t algorithm, View payload, View external_aad) {
  const Bytes header = protected_header(algorithm);
  const auto signature = key.sign(to_be_signed(header, external_aad, payload));
  return cbor::Writer().array(4).bstr(header).map(0).bstr(payload).bstr(signature).take();
}

template <class Key>
Status verify_with(const CoseSign1& cose, std::int64_t algorithm, const Key& key, View external_aad) {
  if (cose.algorithm != algorithm)
    return fail(Reject::algorithm_unsupported, "algorithm " + std::to_string(cose.algorithm),
                std::to_string(algorithm) + ", the key's");
  return verify(key, to_be_signed(cose.protected_bytes, external_aad, cose.payload), cose.signature);
}

// algorithm_of reads the protected header, which must be {1: algorithm} and nothing else.
Result<std::int64_t> algorithm_of(View protected_bytes, cbor::Form form) {
  cbor::Reader in(protected_bytes, form);
  std::int64_t algorithm = 0;
  std::size_t entries = 0;
  for (auto map = in.map(1); in.more(map); ++entries) {
    if (in.key_uint(map) != header_algorithm) in.refuse(Reject::malformed, "another header");
    algorithm = in.integer();
  }
  if (!in.finish() || entries != 1)
    return fail(Reject::malformed, "another protected header", "{1: algorithm} and nothing else");
  return algorithm;
}
}  // namespace

Bytes cose_sign1(const SigningKey& key, View payload, View external_aad) {
  return signed_with(key, cose_eddsa, payload, external_aad);
}
Bytes cose_sign1(const EcKey& key, View payload, View external_aad) {
  return signed_with(key, cose_es384, payload, external_aad);
}

Bytes cose_sign1(const PlatformSigner& key, View payload) {
  return signed_with(key, algorithm_for(key.public_key().kind()), payload, {});
}

Result<CoseSign1> parse_cose_sign1_unverified(View cose, cbor::Form form) {
  if (cose.size() > cose_size_max)
    return fail(Reject::too_large, std::to_string(cose.size()) + " bytes", std::to_string(cose_size_max) + " bytes");
  CoseSign1 out;
  cbor::Reader in(cose, form);
  if (form == cbor::Form::foreign && in.peek() == cbor::Type::tag) {
    out.tagged = true;
    if (in.tag() != cose_sign1_tag) in.refuse(Reject::malformed, "another CBOR tag", "18, COSE_Sign1");
  }
  in.open_array(4);
  out.protected_bytes = in.bstr(protected_max);
  for (auto map = in.map(unprotected_max); in.more(map);)
    in.refuse(Reject::malformed, "a header outside the signature", "an empty map");
  out.payload = in.bstr(cose_size_max);
  out.signature = in.bstr(signature_max);
  GLOVEBOX_CHECK(in.finish());
  GLOVEBOX_TRY(algorithm, algorithm_of(out.protected_bytes, form));
  out.algorithm = algorithm;
  return out;
}

Status verify_cose_sign1(const CoseSign1& cose, const VerifyKey& key, View external_aad) {
  return verify_with(cose, cose_eddsa, key, external_aad);
}
Status verify_cose_sign1(const CoseSign1& cose, const EcPublic& key, View external_aad) {
  return verify_with(cose, cose_es384, key, external_aad);
}
Status verify_cose_sign1(const CoseSign1& cose, const PlatformKey& key) {
  return verify_with(cose, algorithm_for(key.kind()), key, {});
}

Bytes sign_document(const SigningKey& key, View payload, std::string_view label) {
  return cose_sign1(key, payload, view_of(label));
}

Result<View> open_signed(View cose, const VerifyKey& key, std::string_view label) {
  GLOVEBOX_TRY(parsed, parse_cose_sign1_unverified(cose, cbor::Form::strict));
  GLOVEBOX_CHECK(verify_cose_sign1(parsed, key, view_of(label)));
  return parsed.payload;
}
}  // namespace glovebox::crypto
