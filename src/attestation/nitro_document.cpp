#include "attestation/nitro_document.h"

#include "base/cbor.h"

namespace glovebox::attestation {
namespace {
constexpr std::size_t key_name_size_max = 32;
constexpr std::size_t signature_size = 96;                    // r || s, P-384
constexpr std::uint64_t timestamp_max = 253'402'300'799'999;  // the year 9999, in milliseconds

constexpr std::string_view registers_name(NitroSource source) {
  return source == NitroSource::tpm ? "nitrotpm_pcrs" : "pcrs";
}
constexpr std::string_view sentence(NitroSource source) {
  return source == NitroSource::tpm ? "a document of a NitroTPM" : "a document of a Nitro enclave";
}

std::unexpected<Error> malformed(const Error& error) {
  return fail(Reject::evidence_malformed, std::string(name(error.reason)) + ": " + error.found, error.expected);
}

std::optional<Bytes> bytes_or_null(cbor::Reader& in, std::size_t max) {
  if (in.take_null()) return std::nullopt;
  return to_bytes(in.bstr(max));
}

// read_certificate reads a byte string of 1 to 1024 bytes.
Bytes read_certificate(cbor::Reader& in) {
  Bytes der = to_bytes(in.bstr(nitro_certificate_size_max));
  if (in.ok() && der.empty()) in.refuse(Reject::malformed, "an empty certificate");
  return der;
}

// registers reads the map of registers. The schema allows 32, 48 and 64 bytes for other digests; `digest` is SHA384.
Pcrs registers(cbor::Reader& in) {
  Pcrs pcrs;
  for (auto map = in.map(pcr_count); in.more(map);) {
    const std::uint64_t index = in.key_uint(map);
    const Pcr value = in.bytes_of<48>();
    if (in.ok() && index >= pcr_count)
      in.refuse(Reject::malformed, "register " + std::to_string(index), "registers 0 to 31");
    if (in.ok()) pcrs.emplace(static_cast<std::uint8_t>(index), value);
  }
  if (in.ok() && pcrs.empty()) in.refuse(Reject::malformed, "no registers", "1 to 32 registers");
  return pcrs;
}

std::vector<Bytes> bundle(cbor::Reader& in) {
  std::vector<Bytes> out;
  for (auto array = in.array(nitro_cabundle_max); in.more(array);) out.push_back(read_certificate(in));
  if (in.ok() && out.empty()) in.refuse(Reject::malformed, "an empty cabundle");
  return out;
}

void write(cbor::Writer& out, const std::optional<Bytes>& value) {
  if (value)
    out.bstr(*value);
  else
    out.null();
}
}  // namespace

Bytes NitroClaims::encode() const {
  cbor::Writer out;
  out.map(9).tstr("module_id").tstr(module_id).tstr("digest").tstr("SHA384");
  out.tstr("timestamp").uint(static_cast<std::uint64_t>(timestamp.milliseconds));
  out.tstr(registers_name(source)).map(pcrs.size());
  for (const auto& [index, value] : pcrs) out.uint(index).bstr(value);
  out.tstr("certificate").bstr(certificate).tstr("cabundle").array(cabundle.size());
  for (const Bytes& der : cabundle) out.bstr(der);
  write(out.tstr("public_key"), public_key);
  write(out.tstr("user_data"), user_data);
  write(out.tstr("nonce"), nonce);
  return out.take();
}

Result<NitroClaims> NitroClaims::parse(View payload, NitroSource source) {
  const NitroSource other = source == NitroSource::tpm ? NitroSource::enclave : NitroSource::tpm;
  if (payload.size() > nitro_payload_size_max)
    return fail(Reject::evidence_malformed, "a payload of " + std::to_string(payload.size()) + " bytes",
                "at most " + std::to_string(nitro_payload_size_max));
  cbor::Reader in(payload, cbor::Form::foreign);
  NitroClaims claims;
  claims.source = source;
  std::set<std::string_view> seen;
  for (auto map = in.map(16); in.more(map);) {
    const std::string_view key = in.key_text(map, key_name_size_max);
    if (!in.ok()) break;
    if (key == "module_id") {
      claims.module_id = in.tstr(nitro_module_id_size_max);
      if (in.ok() && claims.module_id.empty()) in.refuse(Reject::malformed, "an empty module_id");
    } else if (key == "digest") {
      if (in.tstr(16) != "SHA384") in.refuse(Reject::malformed, "another digest", "SHA384");
    } else if (key == "timestamp") {
      claims.timestamp = Time{static_cast<std::int64_t>(in.uint(timestamp_max))};
    } else if (key == registers_name(source)) {
      claims.pcrs = registers(in);
    } else if (key == "certificate") {
      claims.certificate = read_certificate(in);
    } else if (key == "cabundle") {
      claims.cabundle = bundle(in);
    } else if (key == "public_key") {
      claims.public_key = bytes_or_null(in, nitro_public_key_size_max);
    } else if (key == "user_data") {
      claims.user_data = bytes_or_null(in, nitro_user_data_size_max);
    } else if (key == "nonce") {
      claims.nonce = bytes_or_null(in, nitro_nonce_size_max);
    } else if (key == registers_name(other)) {
      // The same signer and almost the same shape: taken for the other's, these registers would mean something else.
      return fail(Reject::platform_unknown, std::string(sentence(other)), std::string(sentence(source)));
    } else {
      in.refuse(Reject::malformed, "an unknown field", "the nine fields of a Nitro document");
    }
    seen.insert(key);
  }
  if (const auto end = in.finish(); !end) return malformed(end.error());
  for (const std::string_view key :
       {std::string_view("module_id"), std::string_view("digest"), std::string_view("timestamp"),
        registers_name(source), std::string_view("certificate"), std::string_view("cabundle")})
    if (!seen.contains(key)) return fail(Reject::evidence_malformed, "no " + std::string(key), std::string(key));
  return claims;
}

Result<NitroDocument> parse_unverified(View document, NitroSource source) {
  if (document.size() > nitro_document_size_max)
    return fail(Reject::evidence_malformed, "a document of " + std::to_string(document.size()) + " bytes",
                "at most " + std::to_string(nitro_document_size_max));
  auto cose = crypto::parse_cose_sign1_unverified(document, cbor::Form::foreign);
  if (!cose) {
    cbor::Reader whole(document, cbor::Form::foreign);
    whole.item();
    if (!whole.ok() && whole.status().error().reason == Reject::truncated)
      return fail(Reject::truncated, std::to_string(document.size()) + " bytes of a document", "the whole of it");
    return malformed(cose.error());
  }
  if (cose->algorithm != crypto::cose_es384)
    return fail(Reject::algorithm_unsupported, "algorithm " + std::to_string(cose->algorithm), "-35 (ES384)",
                cose->algorithm == -1 ? "an emulator's document, which nobody signed" : "");
  if (cose->signature.size() != signature_size)
    return fail(Reject::evidence_malformed, "a signature of " + std::to_string(cose->signature.size()) + " bytes",
                std::to_string(signature_size) + " bytes");
  GLOVEBOX_TRY(claims, NitroClaims::parse(cose->payload, source));
  return NitroDocument{.claims = std::move(claims), .cose = *cose};
}

Result<NitroClaims> parse_own(View document) {
  if (document.size() > nitro_document_size_max)
    return fail(Reject::evidence_malformed, "a document of " + std::to_string(document.size()) + " bytes",
                "at most " + std::to_string(nitro_document_size_max));
  const auto cose = crypto::parse_cose_sign1_unverified(document, cbor::Form::foreign);
  if (!cose) return malformed(cose.error());
  return NitroClaims::parse(cose->payload);
}

}  // namespace glovebox::attestation
