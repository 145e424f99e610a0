// hcl_report.h: the report of Azure's paravisor (Host Compatibility Layer), which a guest reads at NV index 0x01400001
// of its virtual TPM: the hardware's report, and behind it runtime data whose digest that report carries: JSON with the
// TPM's attestation key, HCLAkPub. Little-endian; header of 32 bytes, report of 1184, five numbers, JSON, zeros.
// Form only.
#pragma once
#include "attestation/quote.h"
#include "attestation/snp_evidence.h"
#include "attestation/tpm_quote.h"
#include "crypto/platform_key.h"

namespace glovebox::attestation {

constexpr std::size_t hcl_report_size_max = 16384;
constexpr std::size_t hcl_runtime_size_max = 8192;
constexpr std::size_t hcl_certificates_max = 8;

enum class HclHardware : std::uint32_t { snp = 2, tdx = 4 };
std::string_view name(HclHardware hardware);  // "AMD SEV-SNP", "Intel TDX"

struct HclReport {
  std::uint32_t version = 1;  // 1 or 2
  HclHardware hardware = HclHardware::snp;
  Bytes report;         // 1184 bytes: SEV-SNP's, or a TDREPORT and zeros
  std::string runtime;  // JSON, as received: what is hashed
  std::size_t padding = 0;
  bool operator==(const HclReport&) const = default;

  Bytes encode() const;
  // parse reads exactly one. truncated; evidence_malformed, algorithm_unsupported (another hash than SHA-256).
  static Result<HclReport> parse(View report);
  Digest runtime_digest() const;  // which the hardware's report must carry, zeros behind it
};

// HclRuntime is what the JSON says.
struct HclRuntime {
  crypto::PlatformKey key;  // HCLAkPub
  std::string machine;      // vmUniqueId, where there is one
  std::optional<bool> secure_boot = {};

  static Result<HclRuntime> parse(std::string_view json);  // evidence_malformed
};

// AzureEvidence travels as
//   CBOR ["glovebox azure vtpm v1", hcl_report: bstr, [certificate: bstr, ...], attest, signature, {register: value}]
//   CBOR ["glovebox azure tdx vtpm v1", hcl_report: bstr, td_quote: bstr, attest, signature, {register: value}]
// over SEV-SNP with the certificate of the chip's key, and any above it, in DER (what is not there comes as
// collateral); over TDX with the quote that the guest's TDREPORT was traded for.
struct AzureEvidence {
  HclReport hcl;
  std::vector<Bytes> certificates = {};  // SEV-SNP
  Bytes td_quote = {};                   // TDX
  TpmQuote quote;

  Bytes encode() const;
  // parse: truncated; evidence_malformed, algorithm_unsupported; platform_unknown where the paravisor's report is of
  // other hardware than the document.
  static Result<AzureEvidence> parse(View document);
  // hardware_quote parses td_quote. evidence_malformed, also where it is cut short, since its length is framed;
  // algorithm_unsupported; platform_unknown for a quote of SGX.
  Result<Quote> hardware_quote() const;
};

}  // namespace glovebox::attestation
