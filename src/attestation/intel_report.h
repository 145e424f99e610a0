// intel_report.h: what Intel's hardware says of an enclave or of a guest, as quotes carry it: SGX's report body of 384
// bytes (Intel SDM volume 3D, REPORT; DCAP Quote Library, sgx_report_body_t) and TDX's of 584, or 648 from TDX 1.5 on
// (TDX module ABI, TDREPORT; TDX DCAP Quoting Library, sgx_report2_body). Little-endian. Form only: reserved bytes must
// be zero, so that what parses has one spelling; what its attributes mean is for the appraisal.
#pragma once
#include <optional>

#include "base/reader.h"

namespace glovebox::attestation {

constexpr std::size_t enclave_report_size = 384;
constexpr std::size_t td_report_size = 584;
constexpr std::size_t td_report_15_size = 648;

// EnclaveReport is SGX's: of an enclave, and of the quoting enclave of either platform.
struct EnclaveReport {
  Array<16> cpu_svn{};
  Array<4> misc_select{};
  Array<16> isv_ext_prod_id{};
  Array<16> attributes{};  // eight bytes of flags, eight of XFRM
  Array<32> mr_enclave{};
  Array<32> mr_signer{};
  Array<64> config_id{};
  std::uint16_t isv_prod_id = 0;
  std::uint16_t isv_svn = 0;
  std::uint16_t config_svn = 0;
  Array<16> isv_family_id{};
  Array<64> report_data{};
  bool operator==(const EnclaveReport&) const = default;

  void write(Writer& out) const;
  static EnclaveReport read(Reader& in);

  bool initialized() const { return (attributes[0] & 1) != 0; }
  bool debug() const { return (attributes[0] & 2) != 0; }
  // provisioning: it may ask for keys that are the platform's and not its own.
  bool provisioning() const { return (attributes[0] & 0x10) != 0; }
};

// TdReport is TDX's.
struct TdReport {
  // What TDX 1.5 added: the versions that count now, not when the guest was started, and a service guest beside it.
  struct Later {
    Array<16> tee_tcb_svn2{};
    Array<48> mr_service_td{};
    bool operator==(const Later&) const = default;
  };

  Array<16> tee_tcb_svn{};  // 0: the module's version, 1: which module it is, 2: SEAM loader, ...
  Array<48> mr_seam{};
  Array<48> mr_signer_seam{};
  Array<8> seam_attributes{};
  std::uint64_t td_attributes = 0;
  std::uint64_t xfam = 0;
  Array<48> mr_td{};
  Array<48> mr_config_id{};
  Array<48> mr_owner{};
  Array<48> mr_owner_config{};
  std::array<Array<48>, 4> rtmr{};
  Array<64> report_data{};
  std::optional<Later> later = {};
  bool operator==(const TdReport&) const = default;

  void write(Writer& out) const;
  static TdReport read(Reader& in, bool with_later);

  // debug: any bit of the group under which the host may look into the guest, profiling among them.
  bool debug() const { return (td_attributes & 0xff) != 0; }
  bool septve_disabled() const { return (td_attributes >> 28 & 1) != 0; }
  bool migratable() const { return (td_attributes >> 29 & 1) != 0; }
};

// td_inputs and enclave_inputs are what a guest or an enclave of ours is started with, in MRCONFIGID and CONFIGID: what
// Nitro's registers 16 and 17 are there. The order in which models are given does not matter.
Array<48> td_inputs(const Digest& configuration, std::span<const Digest> models);
Array<64> enclave_inputs(const Digest& configuration, std::span<const Digest> models);

}  // namespace glovebox::attestation
