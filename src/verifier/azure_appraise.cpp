// The appraisal of a quote of Azure's virtual TPM over SEV-SNP. Each part vouches for the next: the chip's key signs
// the report, the report carries the digest of the paravisor's runtime data, these name the TPM's key, and that signs
// the quote.
#include <algorithm>

#include "attestation/hcl_report.h"
#include "verifier/platform_appraise.h"
#include "verifier/snp_verify.h"
#include "verifier/tpm_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::AzureEvidence;
using attestation::HclRuntime;
using attestation::SnpEvidence;

// check_runtime: the hardware's report carries the digest of the runtime data, and nothing behind it.
Status check_runtime(const AzureEvidence& evidence, const attestation::SnpReport& report) {
  Array<64> wanted{};
  std::ranges::copy(evidence.hcl.runtime_digest(), wanted.begin());
  if (report.report_data == wanted) return {};
  return fail(Reject::parts_mismatch, "runtime data with digest " + to_hex(evidence.hcl.runtime_digest()),
              to_hex(View(report.report_data).first(32)) + ", which the hardware's report carries",
              "the TPM's key is not one that this hardware vouches for");
}
}  // namespace

Result<AttestationResult> appraise_azure_snp(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(evidence, AzureEvidence::parse(bytes));  // 1
  if (evidence.hcl.hardware != attestation::HclHardware::snp)
    return fail(Reject::platform_unknown, "a virtual TPM over Intel TDX", "one over AMD SEV-SNP");
  GLOVEBOX_TRY(runtime, HclRuntime::parse(evidence.hcl.runtime));
  auto report = attestation::SnpReport::parse(evidence.hcl.report);
  if (!report) return std::unexpected(report.error());

  Collateral collateral;
  if (wanted.collateral != nullptr) collateral = *wanted.collateral;
  collateral.add(Collateral{.certificates = evidence.certificates, .lists = {}});
  GLOVEBOX_TRY(verified, verify_snp(SnpEvidence{*report}, evidence.hcl.report, policy, collateral, now));  // 2, 3
  GLOVEBOX_CHECK(check_runtime(evidence, *report));
  GLOVEBOX_CHECK(signed_by(evidence.quote, runtime.key));
  GLOVEBOX_CHECK(check_registers(evidence.quote));
  GLOVEBOX_CHECK(check_extra_data(evidence.quote, wanted.nonce));  // 5
  GLOVEBOX_TRY(paravisor, check_snp(*report, verified, policy));   // 7, 8
  // Only the paravisor has level 0; what asked from another is the guest, which would vouch for its own TPM.
  if (report->vmpl != 0)
    return fail(Reject::privilege_not_allowed, "privilege level " + std::to_string(report->vmpl),
                "0, which is the paravisor's");
  GLOVEBOX_TRY(version, check_tpm_version(evidence.quote, *policy.azure_snp));

  AttestationResult out{.platform = "azure-snp-vtpm",
                        .root_name = verified.root->name,
                        .root = verified.root->sha256,
                        .development = verified.root->test,
                        .version = version->version,
                        .instance = "machine " + (runtime.machine.empty() ? "that is not named" : runtime.machine),
                        .measurements = {{"measurement", to_bytes(report->measurement)}},
                        .facts = facts_of_snp(*report, verified),
                        .models = policy.models,
                        .time = now,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const auto& [index, value] : evidence.quote.registers)
    out.measurements.push_back({"pcr" + std::to_string(index), to_bytes(value)});
  out.facts.push_back({"paravisor", paravisor->version});
  if (runtime.secure_boot) out.facts.push_back({"secure boot", *runtime.secure_boot ? "on" : "off"});
  out.facts.push_back({"extra data", to_hex(evidence.quote.attest.extra_data)});
  for (const std::string& what : policy.snp->unchecked) out.unchecked.push_back(what);
  if (!wanted.nonce) out.unchecked.emplace_back("time");
  return out;
}

}  // namespace glovebox::verifier
