// quote.h: Intel's quote: a report of an enclave (SGX) or of a guest (TDX), signed by a key of the quoting enclave, and
// that enclave's own report, signed by the platform's key (SGX ECDSA Quote Library, appendix A; TDX DCAP Quoting
// Library, appendix A). Versions 3 (SGX), 4 and 5; ECDSA on P-256 alone. Form only.
#pragma once
#include <variant>

#include "attestation/intel_report.h"

namespace glovebox::attestation {

constexpr std::size_t quote_header_size = 48;
constexpr std::size_t quote_size_max = 24576;
constexpr std::size_t quote_auth_data_max = 1024;

// Tee is which of the two platforms a quote is of.
enum class Tee : std::uint8_t { sgx, tdx };

// Certification is what a quote says of the platform's key. Types 1 to 3 name the platform, and its certificate (PCK)
// is found elsewhere; 4 is that certificate, 5 its chain, as PEM from leaf to root.
enum class Certification : std::uint16_t { ppid = 1, ppid_rsa_2048 = 2, ppid_rsa_3072 = 3, leaf = 4, chain = 5 };

struct Quote {
  std::uint16_t version = 0;
  std::uint16_t qe_svn = 0;  // version 3 alone
  std::uint16_t pce_svn = 0;
  Array<20> user_data{};
  std::variant<EnclaveReport, TdReport> body;
  Array<64> signature{};          // of header and body, by `key`; r || s, big-endian
  Array<64> key{};                // the attestation key, x || y
  EnclaveReport quoting;          // the quoting enclave's report
  Array<64> quoting_signature{};  // of that report, by the platform's key
  Bytes auth_data;                // what the quoting enclave hashed beside its key
  Certification certification = Certification::chain;
  Bytes certification_data;
  std::size_t padding = 0;  // zeros behind it: some hosts hand out their whole buffer
  bool operator==(const Quote&) const = default;

  Tee tee() const { return std::holds_alternative<TdReport>(body) ? Tee::tdx : Tee::sgx; }
  // signed_size is how many bytes at the front are signed: header and body.
  std::size_t signed_size() const;

  Bytes encode() const;
  // parse reads one quote, and zeros behind it. truncated; evidence_malformed, algorithm_unsupported (any but ECDSA on
  // P-256).
  static Result<Quote> parse(View quote);
};

}  // namespace glovebox::attestation
