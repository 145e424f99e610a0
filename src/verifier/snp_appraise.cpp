// The appraisal of a report of AMD SEV-SNP, held against a policy.
#include <algorithm>

#include "attestation/snp_evidence.h"
#include "crypto/hash.h"
#include "verifier/platform_appraise.h"
#include "verifier/snp_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::SnpReport;
using attestation::SnpSigner;
using attestation::SnpTcb;

Status check_caller_data(const SnpReport& report, const Wanted& wanted) {
  if (wanted.evidence != nullptr) {
    GLOVEBOX_CHECK(check_message(wanted));
    const attestation::Binding& binding = *wanted.binding;
    if (!equal_secret(report.report_data, binding.view()))
      return fail(Reject::binding_mismatch, short_hex(report.report_data), short_hex(binding.view()),
                  "the keys, nonce or context beside the report are not those it was made for");
    return {};
  }
  if (!wanted.nonce) return {};
  // A bare report has 64 bytes of its caller's: a nonce stands at their front, and zeros behind it.
  Array<64> padded{};
  if (wanted.nonce->size() > padded.size()) return fail(Reject::nonce_mismatch, "64 bytes", "a longer nonce");
  std::ranges::copy(*wanted.nonce, padded.begin());
  if (!equal_secret(report.report_data, padded))
    return fail(Reject::nonce_mismatch, short_hex(report.report_data), short_hex(*wanted.nonce),
                "the report was made for someone else, or is a copy of an older one");
  return {};
}

Status check_signing_key(const SnpReport& report, const SnpRules& rules) {
  const std::string word = report.signer() == SnpSigner::vlek ? "vlek" : "vcek";
  if (std::ranges::contains(rules.signing_keys, word)) return {};
  return fail(Reject::signing_key_not_allowed, word, rules.signing_keys.front());
}

Status check_guest(const SnpReport& report, const SnpRules& rules) {
  if (report.migratable())
    return fail(Reject::guest_policy_not_allowed, "a guest that a migration agent may move", "one that stays");
  if (report.vmpl > rules.maximum_vmpl)
    return fail(Reject::privilege_not_allowed, "privilege level " + std::to_string(report.vmpl),
                "at most " + std::to_string(rules.maximum_vmpl));
  for (const SnpProtection& p : snp_protections()) {
    if (!std::ranges::contains(rules.required, p.name)) continue;
    const std::uint64_t bits = p.of_guest ? report.policy : report.platform_info;
    if (((bits >> p.bit & 1) != 0) == p.value) continue;
    return fail(p.of_guest ? Reject::guest_policy_not_allowed : Reject::platform_state_not_allowed,
                "without " + std::string(p.name), std::string(p.name));
  }
  return {};
}

Status check_firmware(const SnpReport& report, const SnpRules& rules, attestation::SnpProduct product) {
  if (rules.leaves("tcb")) return {};
  const SnpMinimum* least = rules.minimum(product);
  if (least == nullptr)
    return fail(Reject::tcb_outdated, "firmware of " + std::string(name(product)),
                "a product with a minimum_tcb in the policy");
  // What it runs, what it says it runs, what it cannot go back behind, and what it ran when the guest was started.
  const auto check = [&](std::string_view what, const Array<8>& raw) -> Status {
    const SnpTcb tcb = SnpTcb::of(raw, product);
    if (tcb.covers(least->tcb)) return {};
    return fail(Reject::tcb_outdated, std::string(what) + ": " + tcb.text(product), least->tcb.text(product));
  };
  GLOVEBOX_CHECK(check("reported", report.reported_tcb));
  GLOVEBOX_CHECK(check("current", report.current_tcb));
  GLOVEBOX_CHECK(check("committed", report.committed_tcb));
  return check("at launch", report.launch_tcb);
}

Status check_chip(const SnpReport& report, const SnpRules& rules) {
  if (rules.leaves("chip") || std::ranges::binary_search(rules.chips, report.chip_id)) return {};
  return fail(Reject::chip_unknown,
              report.chip_masked() ? "a report that hides its chip" : to_hex(View(report.chip_id).first(8)) + "...",
              "one of " + std::to_string(rules.chips.size()) + " chips");
}

Result<const Measurement*> measurement(const SnpReport& report, const EvidencePolicy& policy, const Root& root) {
  bool elsewhere = false;
  for (const Measurement& m : policy.measurements) {
    if (m.launch != report.measurement) continue;
    if (m.root == root.sha256) return &m;
    elsewhere = true;
  }
  return fail(Reject::measurement_unknown, to_hex(report.measurement), "a measurement of the policy",
              elsewhere ? "the policy knows this measurement, but under another root" : "");
}

std::string hex_flags(std::uint64_t value) {
  Array<8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[7 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return "0x" + to_hex(bytes);
}

}  // namespace

std::vector<Fact> facts_of_snp(const SnpReport& report, const SnpVerified& verified) {
  std::vector<Fact> out = {
      {"product", std::string(name(verified.product))},
      {"firmware", SnpTcb::of(report.reported_tcb, verified.product).text(verified.product)},
      {"signed by", report.signer() == SnpSigner::vlek ? "VLEK of " + verified.csp : "VCEK"},
      {"vmpl", std::to_string(report.vmpl)},
      {"guest svn", std::to_string(report.guest_svn)},
      {"guest policy", hex_flags(report.policy)},
      {"platform info", hex_flags(report.platform_info)},
      {"report data", to_hex(report.report_data)},
      {"host data", to_hex(report.host_data)},
      {"id key", to_hex(report.id_key_digest)},
  };
  return out;
}

namespace {
Digest host_data_of(const EvidencePolicy& policy) {
  std::vector<Digest> models;
  for (const ModelReference& model : policy.models) models.push_back(model.digest);
  return attestation::snp_inputs(policy.configuration, models);
}
}  // namespace

Result<const Measurement*> check_snp(const SnpReport& report, const SnpVerified& verified,
                                     const EvidencePolicy& policy) {
  const SnpRules& rules = *policy.snp;
  if (report.debug())
    return fail(Reject::debug_enclave, "a guest policy that allows debugging", "one that does not",
                "the host can read a guest that was started so");
  GLOVEBOX_CHECK(check_signing_key(report, rules));
  GLOVEBOX_CHECK(check_guest(report, rules));
  GLOVEBOX_CHECK(check_firmware(report, rules, verified.product));
  GLOVEBOX_CHECK(check_chip(report, rules));
  return measurement(report, policy, *verified.root);
}

Result<AttestationResult> appraise_snp(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(evidence, attestation::SnpEvidence::parse(bytes));  // 1
  if (wanted.evidence != nullptr) GLOVEBOX_CHECK(check_keys(*wanted.evidence));
  const Collateral none;
  GLOVEBOX_TRY(verified, verify_snp(evidence, bytes, policy, wanted.collateral == nullptr ? none : *wanted.collateral,
                                    now, wanted.memory));  // 2, 3
  const SnpReport& report = evidence.report;
  GLOVEBOX_CHECK(check_caller_data(report, wanted));           // 5
  GLOVEBOX_TRY(version, check_snp(report, verified, policy));  // 7, 8
  const bool ours = policy.profile == Profile::glovebox;
  if (ours && report.host_data != host_data_of(policy))
    return fail(Reject::configuration_unknown, "host data " + short_hex(report.host_data),
                short_hex(host_data_of(policy)), "the guest was started with other models or another configuration");

  AttestationResult out{
      .platform = "sev-snp",
      .root_name = verified.root->name,
      .root = verified.root->sha256,
      .development = verified.root->test,
      .version = version->version,
      .instance = report.chip_masked() ? "a chip that is not named" : "chip " + to_hex(report.chip_id),
      .measurements = {{"measurement", to_bytes(report.measurement)}},
      .facts = facts_of_snp(report, verified),
      .models = policy.models,
      .configuration = ours ? std::optional(policy.configuration) : std::nullopt,
      .time = now,
      .policy = policy.digest(),
      .unchecked = unchecked_of_document(policy, wanted)};
  for (const std::string& what : policy.snp->unchecked) out.unchecked.push_back(what);
  if (wanted.evidence == nullptr && !wanted.nonce) out.unchecked.emplace_back("time");
  return out;
}

}  // namespace glovebox::verifier
