// td_local_report.h: Intel TDX's TDREPORT, which a guest gets from its processor: 1024 bytes, little-endian (TDX module
// ABI, TDREPORT_STRUCT: REPORTMACSTRUCT of 256, TEE_TCB_INFO of 239 and 17 reserved, TDINFO of 512). Its MAC is made
// with a key of the processor's: the machine that made it can check it, and turns it into a quote. To everybody else it
// says something and proves nothing. Form only.
#pragma once
#include "attestation/intel_report.h"

namespace glovebox::attestation {

constexpr std::size_t td_local_report_size = 1024;

struct TdLocalReport {
  std::uint8_t version = 0;  // 0, or 1 where a service guest may stand in it
  Array<16> cpu_svn{};
  Array<32> mac{};
  Array<8> valid{};  // which fields of TEE_TCB_INFO mean something
  TdReport body;     // what a quote carries; always with `later`
  bool operator==(const TdLocalReport&) const = default;

  Bytes encode() const;
  // parse reads one, and zeros behind it. The digests of TEE_TCB_INFO and TDINFO in it must be theirs. truncated;
  // evidence_malformed.
  static Result<TdLocalReport> parse(View report);
};

}  // namespace glovebox::attestation
