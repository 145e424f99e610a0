// policy_intel.h: the part of a policy that is TDX's or SGX's own (docs/spec/policy.md, tables [evidence.tdx] and
// [evidence.sgx]). What is not checked must be written out, and stands in every result.
#pragma once
#include <string>

#include "attestation/quote.h"
#include "base/cbor.h"
#include "base/time.h"
#include "verifier/dcap_document.h"

namespace glovebox::verifier {

constexpr std::size_t intel_platforms_max = 1024;

// IntelRules serves both; what only one has says so.
struct IntelRules {
  std::vector<TcbStatus> statuses;            // that are accepted; ascending
  std::vector<std::string> advisories;        // that may apply; sorted
  std::uint32_t minimum_evaluation = 0;       // tcbEvaluationDataNumber
  std::optional<Time> minimum_tcb_date = {};  // of the levels reached, whole seconds
  std::vector<Array<6>> fmspcs;               // kinds of platform; ascending
  std::vector<Array<16>> platforms;           // single ones, by PPID; ascending
  std::optional<Array<48>> service_td = {};   // TDX: MRSERVICETD where one is bound
  std::vector<std::string> unchecked;         // sorted
  bool operator==(const IntelRules&) const = default;

  bool leaves(std::string_view what) const;  // whether `unchecked` names it
  // check: each of tcb, fmspc and platform is either ruled or written out as unchecked, and not both. policy_empty,
  // policy_invalid.
  Status check(attestation::Tee tee) const;
  void write(cbor::Writer& out) const;
  static IntelRules read(cbor::Reader& in);
};

// TdMeasurement is what a TDX guest is known by. A register without a value must be unchecked by name.
struct TdMeasurement {
  Array<48> mr_td{};
  std::array<std::optional<Array<48>>, 4> rtmr{};
  auto operator<=>(const TdMeasurement&) const = default;
};

// EnclaveMeasurement is what an SGX enclave is known by: itself, or its signer with product and least version.
struct EnclaveMeasurement {
  struct Signed {
    Array<32> mr_signer{};
    std::uint16_t isv_prod_id = 0;
    std::uint16_t minimum_isv_svn = 0;
    auto operator<=>(const Signed&) const = default;
  };
  std::optional<Array<32>> mr_enclave = {};
  std::optional<Signed> by = {};
  auto operator<=>(const EnclaveMeasurement&) const = default;
};

// check_measurement: none of it is all zero but a register; exactly one of the two ways to know an enclave; a register
// is left out where the rules leave it, and only there. policy_invalid, policy_empty.
Status check_measurement(const TdMeasurement& measurement, const IntelRules& rules, const std::string& version);
Status check_measurement(const EnclaveMeasurement& measurement, const std::string& version);
// In the deterministic form: ["tdx", mr_td, rtmr0 / null, ..., rtmr3 / null], ["sgx", mr_enclave] or
// ["sgx", mr_signer, isv_prod_id, minimum_isv_svn]. The reader is behind the first element.
void write(cbor::Writer& out, const TdMeasurement& measurement);
void write(cbor::Writer& out, const EnclaveMeasurement& measurement);
TdMeasurement read_td_measurement(cbor::Reader& in, cbor::Reader::Container& array);
EnclaveMeasurement read_enclave_measurement(cbor::Reader& in, cbor::Reader::Container& array);

}  // namespace glovebox::verifier
