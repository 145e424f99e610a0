// image_signature.h: an image's signature section: who vouches for an image. CBOR [{"signing_certificate": [bytes of
// PEM], "signature": [bytes of a COSE_Sign1]}], both as arrays of small integers, over {"register_index": 0,
// "register_value": [48 bytes of PCR0]} (aws-nitro-enclaves-image-format, src/utils/mod.rs). Signed here with ES384
// alone, and read only in this one shape: one signature, over PCR0.
#pragma once
#include "crypto/x509.h"
#include "image/measure.h"

namespace glovebox::image {

// ImageSignature is a signature section that was read; nothing of it is verified.
struct ImageSignature {
  crypto::Certificate certificate;
  Bytes cose;  // COSE_Sign1
};

// parse_signature reads a section's data. truncated, trailing_bytes, malformed, too_large, certificate_invalid.
Result<ImageSignature> parse_signature(View section);
// verify_signature requires a signature of the certificate's P-384 key over exactly this PCR0. algorithm_unsupported,
// signature_invalid (also where it is over another register or another image). It says nothing about the certificate:
// who trusts it names its PCR8.
Status verify_signature(const ImageSignature& signature, const attestation::Pcr& pcr0);

// sign writes the section for an image's PCR0. certificate_invalid unless the certificate (one PEM block) is of this
// key.
Result<Bytes> sign(const crypto::EcKey& key, std::string_view certificate_pem, const attestation::Pcr& pcr0);

// with_signature returns the image with this section in the place of its signature, if it has one.
Eif with_signature(const Eif& eif, View section);

// Inspected is an image with all that its file says of itself checked but for the metadata (metadata.h).
struct Inspected {
  Eif eif;
  std::optional<ImageSignature> signature;
  Measurements measurements;
};
// inspect parses a file, measures it and verifies its signature, if it has one. What parse_eif, parse_signature and
// verify_signature refuse.
Result<Inspected> inspect(View file);

}  // namespace glovebox::image
