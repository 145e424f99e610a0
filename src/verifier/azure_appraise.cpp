// The appraisal of a quote of Azure's virtual TPM, over SEV-SNP or TDX. Each part vouches for the next: the hardware
// signs what it says of the paravisor's guest, that carries the digest of the paravisor's runtime data, these name the
// TPM's key, and that signs the quote.
#include <algorithm>

#include "attestation/hcl_report.h"
#include "attestation/td_local_report.h"
#include "verifier/platform_appraise.h"
#include "verifier/quote_verify.h"
#include "verifier/snp_verify.h"
#include "verifier/tpm_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::AzureEvidence;
using attestation::HclHardware;
using attestation::HclRuntime;
using attestation::Quote;
using attestation::SnpEvidence;
using attestation::SnpReport;
using attestation::TdLocalReport;
using attestation::TdReport;

// Checked is what the hardware's part of a result says, once it was held against the policy.
struct Checked {
  const Measurement* paravisor = nullptr;
  std::vector<Measured> measurements;
  std::vector<Fact> facts;
};

// OverSnp and OverTdx are the hardware below, verified (steps 1 to 3); check does steps 7 and 8.
struct OverSnp {
  static constexpr attestation::Platform platform = attestation::Platform::azure_snp;
  SnpReport report;
  SnpVerified verified;

  const Root& root() const { return *verified.root; }
  const Array<64>& report_data() const { return report.report_data; }
  static const std::vector<std::string>& unchecked(const EvidencePolicy& policy) { return policy.snp->unchecked; }
  static const TpmRules& rules(const EvidencePolicy& policy) { return *policy.azure_snp; }

  static Result<OverSnp> verify(const AzureEvidence& evidence, const EvidencePolicy& policy, Time now,
                                const Wanted& wanted) {
    GLOVEBOX_TRY(report, SnpReport::parse(evidence.hcl.report));
    Collateral collateral;
    if (wanted.collateral != nullptr) collateral = *wanted.collateral;
    collateral.add(Collateral{.certificates = evidence.certificates, .lists = {}});
    GLOVEBOX_TRY(verified, verify_snp(SnpEvidence{report}, evidence.hcl.report, policy, collateral, now));
    return OverSnp{.report = report, .verified = verified};
  }

  Result<Checked> check(const EvidencePolicy& policy) const {
    GLOVEBOX_TRY(paravisor, check_snp(report, verified, policy));
    // Only the paravisor has level 0; what asked from another is the guest, which would vouch for its own TPM.
    if (report.vmpl != 0)
      return fail(Reject::privilege_not_allowed, "privilege level " + std::to_string(report.vmpl),
                  "0, which is the paravisor's");
    return Checked{.paravisor = paravisor,
                   .measurements = {{"measurement", to_bytes(report.measurement)}},
                   .facts = facts_of_snp(report, verified)};
  }
};

// check_local: the TDREPORT in the paravisor's report says what the quote says that it was traded for. Nobody here can
// check its MAC: of the two the quote is what counts, and one that says something else belongs to another guest, or to
// another moment of this one.
Status check_local(const TdLocalReport& local, const TdReport& quoted) {
  TdReport said = local.body;
  if (!quoted.later) said.later.reset();
  if (said == quoted) return {};
  struct Part {
    std::string_view name;
    View found;
    View expected;
  };
  std::vector<Part> parts = {{"report data", said.report_data, quoted.report_data},
                             {"mr_td", said.mr_td, quoted.mr_td},
                             {"mr_config_id", said.mr_config_id, quoted.mr_config_id},
                             {"mr_owner", said.mr_owner, quoted.mr_owner},
                             {"mr_owner_config", said.mr_owner_config, quoted.mr_owner_config}};
  for (std::size_t i = 0; i < said.rtmr.size(); ++i) parts.push_back({"a register", said.rtmr[i], quoted.rtmr[i]});
  parts.push_back({"tdx module", said.mr_seam, quoted.mr_seam});
  const auto it = std::ranges::find_if(parts, [](const Part& part) { return !equal(part.found, part.expected); });
  if (it == parts.end())
    return fail(Reject::parts_mismatch, "a TDREPORT with other attributes, features or versions than the quote's");
  return fail(Reject::parts_mismatch, "a TDREPORT with " + std::string(it->name) + " " + short_hex(it->found),
              short_hex(it->expected) + ", which the quote has",
              "the paravisor's report and the quote are not of one guest, or not of one moment");
}

struct OverTdx {
  static constexpr attestation::Platform platform = attestation::Platform::azure_tdx;
  Quote quote;
  QuoteVerified verified;

  const Root& root() const { return *verified.root; }
  const Array<64>& report_data() const { return std::get<TdReport>(quote.body).report_data; }
  static const std::vector<std::string>& unchecked(const EvidencePolicy& policy) { return policy.tdx->unchecked; }
  static const TpmRules& rules(const EvidencePolicy& policy) { return *policy.azure_tdx; }

  static Result<OverTdx> verify(const AzureEvidence& evidence, const EvidencePolicy& policy, Time now,
                                const Wanted& wanted) {
    GLOVEBOX_TRY(local, TdLocalReport::parse(evidence.hcl.report));
    GLOVEBOX_TRY(quote, evidence.hardware_quote());
    const Collateral none;
    const Collateral& collateral = wanted.collateral == nullptr ? none : *wanted.collateral;
    GLOVEBOX_TRY(verified, verify_quote(quote, evidence.td_quote, policy, collateral, now, wanted.memory));
    GLOVEBOX_CHECK(check_local(local, std::get<TdReport>(quote.body)));
    return OverTdx{.quote = std::move(quote), .verified = std::move(verified)};
  }

  Result<Checked> check(const EvidencePolicy& policy) const {
    GLOVEBOX_TRY(checked, check_quote(quote, verified, policy));
    Checked out{.paravisor = checked.version,
                .measurements = measured_of_quote(quote),
                .facts = facts_of_quote(quote, verified.platform, checked.standing)};
    out.facts.push_back({"ppid", to_hex(verified.platform.ppid)});
    return out;
  }
};

// check_runtime: what the hardware signed carries the digest of the runtime data, and nothing behind it.
Status check_runtime(const AzureEvidence& evidence, const Array<64>& report_data) {
  Array<64> wanted{};
  std::ranges::copy(evidence.hcl.runtime_digest(), wanted.begin());
  if (report_data == wanted) return {};
  return fail(Reject::parts_mismatch, "runtime data with digest " + to_hex(evidence.hcl.runtime_digest()),
              to_hex(View(report_data).first(32)) + ", which the hardware's report carries",
              "the TPM's key is not one that this hardware vouches for");
}

template <class Hardware>
Result<AttestationResult> appraise(const AzureEvidence& evidence, const EvidencePolicy& policy, Time now,
                                   const Wanted& wanted) {
  GLOVEBOX_TRY(runtime, HclRuntime::parse(evidence.hcl.runtime));           // 1
  GLOVEBOX_TRY(hardware, Hardware::verify(evidence, policy, now, wanted));  // 2, 3
  GLOVEBOX_CHECK(check_runtime(evidence, hardware.report_data()));
  GLOVEBOX_CHECK(signed_by(evidence.quote, runtime.key));
  GLOVEBOX_CHECK(check_registers(evidence.quote));
  GLOVEBOX_CHECK(check_extra_data(evidence.quote, wanted.nonce));  // 5
  GLOVEBOX_TRY(checked, hardware.check(policy));                   // 7, 8
  GLOVEBOX_TRY(version, check_tpm_version(evidence.quote.registers, Hardware::rules(policy)));

  AttestationResult out{.platform = std::string(attestation::name(Hardware::platform)),
                        .root_name = hardware.root().name,
                        .root = hardware.root().sha256,
                        .development = hardware.root().test,
                        .version = version->version,
                        .instance = "machine " + (runtime.machine.empty() ? "that is not named" : runtime.machine),
                        .measurements = std::move(checked.measurements),
                        .facts = std::move(checked.facts),
                        .models = policy.models,
                        .time = now,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const auto& [index, value] : evidence.quote.registers)
    out.measurements.push_back({"pcr" + std::to_string(index), to_bytes(value)});
  out.facts.push_back({"paravisor", checked.paravisor->version});
  if (runtime.secure_boot) out.facts.push_back({"secure boot", *runtime.secure_boot ? "on" : "off"});
  out.facts.push_back({"extra data", to_hex(evidence.quote.attest.extra_data)});
  for (const std::string& what : Hardware::unchecked(policy)) out.unchecked.push_back(what);
  if (!wanted.nonce) out.unchecked.emplace_back("time");
  return out;
}
}  // namespace

Result<AttestationResult> appraise_azure(HclHardware hardware, View bytes, const EvidencePolicy& policy, Time now,
                                         const Wanted& wanted) {
  GLOVEBOX_TRY(evidence, AzureEvidence::parse(bytes));  // 1
  if (evidence.hcl.hardware != hardware)
    return fail(Reject::platform_unknown, "a virtual TPM over " + std::string(name(evidence.hcl.hardware)),
                "one over " + std::string(name(hardware)));
  return hardware == HclHardware::tdx ? appraise<OverTdx>(evidence, policy, now, wanted)
                                      : appraise<OverSnp>(evidence, policy, now, wanted);
}

}  // namespace glovebox::verifier
