// evidence.h: the message in which evidence travels: a platform's document as a CMW (RFC 9999, record form) beside all
// that its binding covers. Form only: what a message says is a claim of whoever sent it until verifier::appraise.
#pragma once
#include "attestation/binding.h"

namespace glovebox::attestation {

constexpr std::size_t evidence_size_max = 32768;
constexpr std::size_t document_size_max = 24576;
constexpr std::size_t media_type_size_max = 128;
constexpr std::string_view media_type_nitro = "application/aws-nitro-document+cbor";
constexpr std::string_view media_type_nitro_tpm = "application/aws-nitrotpm-document+cbor";
constexpr std::string_view media_type_sev_snp = "application/vnd.amd.sev-snp.attestation-report";
constexpr std::string_view media_type_arm_cca = "application/eat-collection; profile=\"http://arm.com/CCA-SSD/1.0.0\"";
constexpr std::string_view media_type_arm_psa =
    "application/eat+cwt; eat_profile=\"tag:psacertified.org,2023:psa#tfm\"";
constexpr std::string_view media_type_tpm = "application/vnd.glovebox.tpm-quote+cbor";
constexpr std::string_view media_type_azure_snp = "application/vnd.glovebox.azure-snp-vtpm+cbor";
constexpr std::string_view media_type_azure_tdx = "application/vnd.glovebox.azure-tdx-vtpm+cbor";
constexpr std::string_view media_type_tdx = "application/vnd.intel.tdx.quote";
constexpr std::string_view media_type_sgx = "application/vnd.intel.sgx.quote";

struct Evidence {
  std::string media_type;
  Bytes document;
  Bytes nonce;
  KeySet keys;
  Context context;

  Purpose purpose() const { return purpose_of(context); }
  Binding binding() const { return attestation::make_binding(nonce, keys, context); }
  // encode writes ["glovebox evidence v1", [media_type, document], purpose, nonce, keys, context].
  Bytes encode() const;
  // parse reads exactly that, to the last byte; evidence_malformed.
  static Result<Evidence> parse(View message);
  bool operator==(const Evidence&) const = default;
};

}  // namespace glovebox::attestation
