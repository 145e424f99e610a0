// nitro_document.h: the attestation document of AWS Nitro Enclaves: a COSE_Sign1 over a map of claims
// (aws-nitro-enclaves-nsm-api, docs/attestation_process.md), and that of an ordinary instance's NitroTPM, which is the
// same but for the name of its map of registers (Amazon EC2 User Guide, "NitroTPM Attestation Document content"). Form
// only.
//
// Hardware since 2025 writes the map with indefinite length, and absent values as null although the text forbids it:
// both forms are read. Everything else is held to the documented limits.
#pragma once
#include <optional>

#include "attestation/pcr.h"
#include "base/time.h"
#include "crypto/cose.h"

namespace glovebox::attestation {

constexpr std::size_t nitro_document_size_max = 24576;
constexpr std::size_t nitro_payload_size_max = 16384;
constexpr std::size_t nitro_certificate_size_max = 1024;
constexpr std::size_t nitro_cabundle_max = 8;
constexpr std::size_t nitro_module_id_size_max = 128;
constexpr std::size_t nitro_public_key_size_max = 1024;
constexpr std::size_t nitro_user_data_size_max = 512;
constexpr std::size_t nitro_nonce_size_max = 512;

// NitroSource is whose registers a document holds. The signers are the same, the registers are not: an enclave's are
// what the hypervisor measured (`pcrs`), a TPM's what firmware and boot loader of an instance sent it
// (`nitrotpm_pcrs`). Whoever parses says which of the two a document must be.
enum class NitroSource { enclave, tpm };

// NitroClaims is the payload's map. An absent value and null are the same: nothing.
struct NitroClaims {
  std::string module_id;
  Time timestamp;
  Pcrs pcrs;
  Bytes certificate;            // the leaf, DER
  std::vector<Bytes> cabundle;  // root, intermediates; [0] is what the sender takes for the root and is ignored
  std::optional<Bytes> public_key = {};
  std::optional<Bytes> user_data = {};
  std::optional<Bytes> nonce = {};
  NitroSource source = NitroSource::enclave;
  bool operator==(const NitroClaims&) const = default;

  // encode writes the payload as hardware did until 2024: a definite map in the documented order, nulls for nothing.
  Bytes encode() const;
  // parse reads a payload, to its last byte. evidence_malformed; platform_unknown for the other source's payload,
  // and for one of both.
  static Result<NitroClaims> parse(View payload, NitroSource source = NitroSource::enclave);
};

// NitroDocument borrows the bytes it was parsed from: those are what a signature is checked over.
struct NitroDocument {
  NitroClaims claims;
  crypto::CoseSign1 cose;
};
// parse_unverified reads a document and checks no signature. truncated for every shorter prefix of a document;
// evidence_malformed, algorithm_unsupported (any but ES384, which includes every unsigned one), platform_unknown.
Result<NitroDocument> parse_unverified(View document, NitroSource source = NitroSource::enclave);
// parse_own reads the claims of a document that this enclave's own module made, signed or not: an emulator signs
// nothing, and the module is the hypervisor, which a signature would not make any truer to its guest. For its time and
// registers alone: a verifier never calls it. evidence_malformed, platform_unknown.
Result<NitroClaims> parse_own(View document);

}  // namespace glovebox::attestation
