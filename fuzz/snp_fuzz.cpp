// layers: verifier
// max_len: 8192
// Reports of SEV-SNP, their certificate tables and bundles of collateral: what parses is written back as it came, and
// so are the parts of it that have forms of their own; and nothing is accepted, for nobody here can sign under AMD's
// roots, whatever collateral comes with it.
#include "attestation/snp_evidence.h"
#include "property.h"
#include "verifier/appraise.h"
#include "verifier/known_roots.h"

using namespace glovebox;
using fuzz::require;

namespace {
// accepts_anything_of_amd leaves unchecked all that can be left, and lists the measurement at hand.
verifier::EvidencePolicy accepts_anything_of_amd(const Array<48>& measurement) {
  verifier::EvidencePolicy p;
  p.profile = verifier::Profile::none;
  p.platforms = {"sev-snp"};
  p.freshness_seconds = 86400;
  verifier::SnpRules rules;
  rules.signing_keys = {"vcek", "vlek"};
  rules.maximum_vmpl = 3;
  rules.unchecked = {"chip", "revocation", "tcb"};
  p.snp = rules;
  for (const auto& root : verifier::known_roots()) {
    if (root.platform != attestation::Platform::sev_snp) continue;
    p.roots.push_back({.name = std::string(root.name), .sha256 = root.sha256});
    p.measurements.push_back({.version = "1", .root = root.sha256, .pcrs = {}, .launch = measurement});
  }
  return p;
}

// parts: what a report's fields are read as says all that is in them.
void parts(const attestation::SnpReport& report) {
  using attestation::SnpTcb;
  const auto signature = report.signature();
  require(signature || signature.error().reason == Reject::evidence_malformed, "a signature has a form, or a word");
  const auto product = report.product();
  if (!product) return;
  require(attestation::snp_product_from_name(name(*product)) == product, "a product has one name");
  for (const Array<8>& raw : {report.current_tcb, report.reported_tcb, report.committed_tcb, report.launch_tcb}) {
    const SnpTcb tcb = SnpTcb::of(raw, *product);
    const SnpTcb again = SnpTcb::of(tcb.raw(*product), *product);
    require(again.covers(tcb) && tcb.covers(again), "a TCB is written as it was read");
    require(again.text(*product) == tcb.text(*product), "and called the same");
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  if (const auto table = attestation::SnpTable::parse(bytes)) {
    require(equal(table->encode(), bytes), "a table has one spelling");
    for (const auto& entry : table->entries)
      require(attestation::SnpTableEntry::of(entry.kind(), entry.bytes).kind() == entry.kind(), "a GUID names a kind");
  }
  verifier::Collateral collateral;
  if (const auto bundle = verifier::Collateral::parse_bundle(bytes))
    require(equal(bundle->to_bundle(), bytes), "a bundle has one spelling");
  if (collateral.add(bytes)) {
    const auto again = verifier::Collateral::parse_bundle(collateral.to_bundle());
    require(again && *again == collateral, "what was imported is a bundle");
  }
  const auto evidence = attestation::SnpEvidence::parse(bytes);
  if (!evidence) {
    const Reject reason = evidence.error().reason;
    require(reason == Reject::truncated || exit_code(reason) == Exit::evidence_refused, "a word for evidence");
    require(size < attestation::snp_report_size || reason != Reject::truncated || size > attestation::snp_report_size,
            "a whole report is not cut short");
    return 0;
  }
  require(equal(evidence->encode(), bytes), "a report has one spelling");
  parts(evidence->report);
  Array<48> measurement = evidence->report.measurement;
  if (measurement == Array<48>{}) measurement[0] = 1;
  const auto policy = accepts_anything_of_amd(measurement);
  require(policy.check().has_value(), "the policy is one");
  // Half past 2026, when every real certificate of ours is valid.
  const Time at = Time::from_seconds(1'782'864'000);
  const auto result = verifier::appraise_document(bytes, policy, at, {}, attestation::Platform::sev_snp, collateral);
  require(!result, "a report that AMD's key did not sign is refused");
  require(exit_code(result.error().reason) == Exit::evidence_refused, "a refusal of evidence has a word for evidence");
  return 0;
}
