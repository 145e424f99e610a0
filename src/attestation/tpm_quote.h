// tpm_quote.h: a quote of a TPM 2.0 (TPM 2.0 Library, part 2): TPMS_ATTEST over registers of the SHA-256 bank and a
// caller's data, its TPMT_SIGNATURE, and the registers' values, which no quote carries itself. They travel together as
//   CBOR ["glovebox tpm quote v1", attest: bstr, signature: bstr, {register: value}]
// Form only.
#pragma once
#include <map>

#include "base/cbor.h"

namespace glovebox::attestation {

constexpr std::uint8_t tpm_registers = 24;
constexpr std::size_t tpm_attest_size_max = 512;
constexpr std::size_t tpm_signature_size_max = 600;
constexpr std::size_t tpm_name_size_max = 68;  // TPM2B_NAME: a digest's algorithm and the digest
constexpr std::size_t tpm_data_size_max = 66;  // TPM2B_DATA
using TpmRegisters = std::map<std::uint8_t, Digest>;

// TpmAttest is a TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE.
struct TpmAttest {
  Bytes signer;      // the qualified name of the key
  Bytes extra_data;  // the caller's: a nonce
  std::uint64_t clock = 0;
  std::uint32_t resets = 0;
  std::uint32_t restarts = 0;
  bool safe = false;  // that the clock never ran backwards
  std::uint64_t firmware = 0;
  std::uint8_t select_size = 3;  // bytes of the selection, 3 or 4
  std::uint32_t selected = 0;    // a bit for each register
  Digest digest{};               // of the values of those registers, one after the other
  bool operator==(const TpmAttest&) const = default;

  Bytes encode() const;
  // parse reads exactly one. truncated; evidence_malformed, algorithm_unsupported (another bank than SHA-256).
  static Result<TpmAttest> parse(View attest);
};

// TpmSignature is a TPMT_SIGNATURE: RSASSA or ECDSA with SHA-256.
struct TpmSignature {
  bool rsa = true;
  Bytes value;  // RSA's, or r||s of 32 bytes each
  bool operator==(const TpmSignature&) const = default;

  Bytes encode() const;
  static Result<TpmSignature> parse(View signature);  // evidence_malformed, algorithm_unsupported
};

struct TpmQuote {
  Bytes attest_bytes;  // as received: what is signed
  TpmAttest attest;
  TpmSignature signature;
  TpmRegisters registers;  // exactly those that are selected
  bool operator==(const TpmQuote&) const = default;

  Bytes encode() const;
  // parse reads exactly one document. truncated; evidence_malformed, algorithm_unsupported.
  static Result<TpmQuote> parse(View document);
  // write and read its three parts, inside a document of another kind.
  void write(cbor::Writer& out) const;
  static Result<TpmQuote> read(cbor::Reader& in);

  // registers_digest is what the quote's digest must be.
  Digest registers_digest() const;
};

}  // namespace glovebox::attestation
