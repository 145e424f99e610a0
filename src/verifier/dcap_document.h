// dcap_document.h: the two documents of Intel's provisioning service by which a quote's platform is judged (Intel PCS
// API v4): TCB info (version 3; for SGX also 2) and the identity of a quoting enclave (version 2). As answered there,
// {"tcbInfo":{...},"signature":"..."} or {"enclaveIdentity":{...},"signature":"..."}: what is signed is the bytes of
// the first member's value, which are kept as they came.
#pragma once
#include <variant>

#include "attestation/quote.h"
#include "base/time.h"

namespace glovebox::verifier {

constexpr std::size_t dcap_document_size_max = std::size_t{1} << 16;
constexpr std::size_t tcb_levels_max = 64;
constexpr std::size_t tdx_modules_max = 16;
constexpr std::size_t advisories_max = 64;
constexpr std::size_t advisory_size_max = 32;

// TcbStatus is Intel's word for how a platform stands. The two of relaunch are not in documents: a TDX 1.5 guest that
// was started under an old module on a platform that is up to date now has them.
enum class TcbStatus : std::uint8_t {
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  td_relaunch_advised,
  td_relaunch_advised_configuration_needed,
  out_of_date,
  out_of_date_configuration_needed,
  revoked,
};
std::string_view name(TcbStatus status);  // as Intel writes it: "UpToDate"
std::optional<TcbStatus> tcb_status_from_name(std::string_view name);

// Standing is what a level says of whoever reaches it.
struct Standing {
  TcbStatus status = TcbStatus::revoked;
  Time date;
  std::vector<std::string> advisories = {};
};
struct SvnLevel {
  std::uint16_t isv_svn = 0;
  Standing standing;
};
struct TcbLevel {
  Array<16> sgx{};
  std::uint16_t pce_svn = 0;
  Array<16> tdx{};  // zeros in a document for SGX
  Standing standing;
};
struct TdxModule {
  std::string id;  // "TDX_01"; empty for the one that stands apart
  Array<48> mr_signer{};
  Array<8> attributes{};
  Array<8> mask{};
  std::vector<SvnLevel> levels = {};
};

struct TcbInfo {
  attestation::Tee tee = attestation::Tee::sgx;
  Array<6> fmspc{};
  Array<2> pce_id{};
  std::uint32_t evaluation = 0;  // its running number
  TdxModule module;
  std::vector<TdxModule> modules;
  std::vector<TcbLevel> levels;  // the best first
};

struct QuotingIdentity {
  attestation::Tee tee = attestation::Tee::sgx;
  std::uint32_t evaluation = 0;
  Array<4> misc_select{};
  Array<4> misc_mask{};
  Array<16> attributes{};
  Array<16> attributes_mask{};
  Array<32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::vector<SvnLevel> levels;
};

struct DcapDocument {
  Bytes signed_bytes;
  Array<64> signature{};
  Time issued;
  Time next_update;
  std::variant<TcbInfo, QuotingIdentity> content;

  Bytes encode() const;
  // parse takes a document as it was answered; white space may follow it, and nothing else. collateral_invalid.
  static Result<DcapDocument> parse(View json);
};

}  // namespace glovebox::verifier
