#include "image/image_signature.h"

#include "base/cbor.h"
#include "crypto/cose.h"

namespace glovebox::image {
namespace {

constexpr std::string_view key_certificate = "signing_certificate";
constexpr std::string_view key_signature = "signature";
constexpr std::string_view key_index = "register_index";
constexpr std::string_view key_value = "register_value";
constexpr std::size_t key_size_max = 32;

// A Rust Vec<u8> as serde writes it: an array of integers, two bytes for each above 23.
Bytes read_numbers(cbor::Reader& in, std::size_t max) {
  Bytes out;
  for (auto c = in.array(max); in.more(c);) out.push_back(static_cast<std::uint8_t>(in.uint(255)));
  return out;
}
void write_numbers(cbor::Writer& out, View bytes) {
  out.array(bytes.size());
  for (const std::uint8_t byte : bytes) out.uint(byte);
}

Bytes statement(const attestation::Pcr& pcr0) {
  cbor::Writer out;
  out.map(2).tstr(key_index).uint(0).tstr(key_value);
  write_numbers(out, pcr0);
  return out.take();
}

}  // namespace

Result<ImageSignature> parse_signature(View section) {
  if (section.size() > signature_section_max)
    return fail(Reject::too_large, "a signature of " + std::to_string(section.size()) + " bytes", "at most 32768");
  cbor::Reader in(section, cbor::Form::foreign);
  Bytes pem;
  Bytes cose;
  in.open_array(1);
  for (auto fields = in.map(2); in.more(fields);) {
    const std::string_view key = in.key_text(fields, key_size_max);
    if (key == key_certificate)
      pem = read_numbers(in, signature_section_max);
    else if (key == key_signature)
      cose = read_numbers(in, signature_section_max);
    else
      in.refuse(Reject::malformed, "the key \"" + std::string(key) + "\"", "signing_certificate and signature");
  }
  GLOVEBOX_CHECK(in.finish());
  if (pem.empty() || cose.empty()) return fail(Reject::malformed, "an empty certificate or signature", "both");
  GLOVEBOX_TRY(certificate, crypto::Certificate::parse_pem(pem));
  return ImageSignature{.certificate = std::move(certificate), .cose = std::move(cose)};
}

Status verify_signature(const ImageSignature& signature, const attestation::Pcr& pcr0) {
  GLOVEBOX_TRY(cose, crypto::parse_cose_sign1_unverified(signature.cose, cbor::Form::foreign));
  GLOVEBOX_TRY(key, signature.certificate.ec_public_key());
  GLOVEBOX_CHECK(crypto::verify_cose_sign1(cose, key, {}));
  cbor::Reader in(cose.payload, cbor::Form::foreign);
  std::optional<std::uint64_t> index;
  Bytes value;
  for (auto fields = in.map(2); in.more(fields);) {
    const std::string_view name = in.key_text(fields, key_size_max);
    if (name == key_index)
      index = in.uint(attestation::pcr_count - 1);
    else if (name == key_value)
      value = read_numbers(in, pcr0.size());
    else
      in.refuse(Reject::malformed, "the key \"" + std::string(name) + "\"", "register_index and register_value");
  }
  GLOVEBOX_CHECK(in.finish());
  if (!index) return fail(Reject::malformed, "a signature that names no register", "register_index 0");
  if (*index != 0) return fail(Reject::signature_invalid, "a signature over PCR" + std::to_string(*index), "over PCR0");
  if (!equal(value, pcr0))
    return fail(Reject::signature_invalid, "a signature over PCR0 " + to_hex(value),
                "over this image's, " + to_hex(pcr0), "the image was changed after it was signed");
  return {};
}

Result<Bytes> sign(const crypto::EcKey& key, std::string_view certificate_pem, const attestation::Pcr& pcr0) {
  GLOVEBOX_TRY(certificate, crypto::Certificate::parse_pem(view_of(certificate_pem)));
  GLOVEBOX_TRY(named, certificate.ec_public_key());
  if (!(named == key.public_key()))
    return fail(Reject::certificate_invalid, "a certificate of another key", "one of the key that signs");
  cbor::Writer out;
  out.array(1).map(2).tstr(key_certificate);
  write_numbers(out, view_of(certificate_pem));
  out.tstr(key_signature);
  write_numbers(out, crypto::cose_sign1(key, statement(pcr0), {}));
  Bytes section = out.take();
  if (section.size() > signature_section_max)
    return fail(Reject::too_large, "a signature section of " + std::to_string(section.size()) + " bytes",
                "at most 32768", "a certificate without text beside its PEM block");
  return section;
}

Eif with_signature(const Eif& eif, View section) {
  Eif out = eif;
  std::erase_if(out.sections, [](const Section& s) { return s.type == SectionType::signature; });
  out.sections.push_back({.type = SectionType::signature, .data = section});
  return out;
}

Result<Inspected> inspect(View file) {
  GLOVEBOX_TRY(eif, parse_eif(file));
  std::optional<ImageSignature> signature;
  std::optional<View> certificate;
  if (const auto section = eif.signature()) {
    GLOVEBOX_TRY(read, parse_signature(*section));
    signature = std::move(read);
    certificate = signature->certificate.der();
  }
  const Measurements measurements = measure(eif, certificate);
  if (signature) GLOVEBOX_CHECK(verify_signature(*signature, measurements.pcr0));
  return Inspected{.eif = std::move(eif), .signature = std::move(signature), .measurements = measurements};
}

}  // namespace glovebox::image
