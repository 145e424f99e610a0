// snp_report.h: the attestation report of AMD SEV-SNP, versions 2 to 5 (SEV-SNP Firmware ABI, 56860, table
// ATTESTATION_REPORT). 1184 bytes, little-endian; the first 672 are signed. Form only. Reserved bytes must be zero, so
// that what parses has one spelling.
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace glovebox::attestation {

constexpr std::size_t snp_report_size = 1184;
constexpr std::size_t snp_signed_size = 672;
constexpr std::uint32_t snp_version_min = 2;
constexpr std::uint32_t snp_version_max = 5;

// SnpProduct is the line of processors: each has a root and a layout of its firmware's versions of its own.
enum class SnpProduct { milan, genoa, turin };
std::string_view name(SnpProduct product);  // as AMD writes it: "Milan"
std::optional<SnpProduct> snp_product_from_name(std::string_view name);

// SnpTcb is the versions of the firmware's parts. What means what in the eight bytes of a report depends on the
// product.
struct SnpTcb {
  std::uint8_t fmc = 0;  // Turin alone
  std::uint8_t bootloader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;
  bool operator==(const SnpTcb&) const = default;

  static SnpTcb of(const Array<8>& raw, SnpProduct product);
  Array<8> raw(SnpProduct product) const;
  // covers: no part is older than in `least`.
  bool covers(const SnpTcb& least) const;
  std::string text(SnpProduct product) const;  // "bootloader 4, tee 0, snp 24, microcode 219"
};

enum class SnpSigner : std::uint8_t { vcek = 0, vlek = 1, none = 7 };

struct SnpReport {
  std::uint32_t version = 0;
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = 0;
  Array<16> family_id{};
  Array<16> image_id{};
  std::uint32_t vmpl = 0;
  Array<8> current_tcb{};
  std::uint64_t platform_info = 0;
  std::uint32_t flags = 0;
  Array<64> report_data{};
  Array<48> measurement{};
  Array<32> host_data{};
  Array<48> id_key_digest{};
  Array<48> author_key_digest{};
  Array<32> report_id{};
  Array<32> report_id_ma{};
  Array<8> reported_tcb{};
  Array<3> cpuid{};  // family, model, stepping; version 3 on
  Array<64> chip_id{};
  Array<8> committed_tcb{};
  Array<3> current_build{};  // build, minor, major
  Array<3> committed_build{};
  Array<8> launch_tcb{};
  std::uint64_t launch_mitigations = 0;  // version 5 on
  std::uint64_t current_mitigations = 0;
  Array<72> r{};  // of the signature, little-endian
  Array<72> s{};
  bool operator==(const SnpReport&) const = default;

  Bytes encode() const;
  // parse reads exactly one report. truncated; evidence_malformed, algorithm_unsupported (any but ECDSA on P-384 with
  // SHA-384).
  static Result<SnpReport> parse(View report);

  bool debug() const { return (policy >> 19 & 1) != 0; }
  bool migratable() const { return (policy >> 18 & 1) != 0; }  // by a migration agent
  SnpSigner signer() const { return static_cast<SnpSigner>(flags >> 2 & 7); }
  bool chip_masked() const;  // the chip's number is not in the report
  // product is what the CPUID of a report says; nothing in version 2, and for a processor that nobody knows.
  std::optional<SnpProduct> product() const;
  // signature is r || s as FIPS 186-5 writes it; evidence_malformed where a number is longer than 48 bytes.
  Result<Array<96>> signature() const;
};

}  // namespace glovebox::attestation
