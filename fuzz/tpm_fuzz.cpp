// layers: verifier
// max_len: 12288
// Quotes of TPMs and reports of Azure's paravisor: what parses is written back as it came; and nothing is accepted
// under a key that never signs, or under AMD's and Intel's roots.
#include "attestation/hcl_report.h"
#include "attestation/td_local_report.h"
#include "crypto/init.h"
#include "property.h"
#include "verifier/appraise.h"
#include "verifier/known_roots.h"

using namespace glovebox;
using fuzz::require;

namespace {
// version_of lists whatever the quote at hand claims.
verifier::TpmVersion version_of(const attestation::TpmRegisters& registers) {
  verifier::TpmVersion out{.version = "1", .registers = registers};
  std::erase_if(out.registers, [](const auto& r) {
    return std::ranges::all_of(r.second, [](auto byte) { return byte == 0; }) ||
           std::ranges::all_of(r.second, [](auto byte) { return byte == 0xff; });
  });
  if (out.registers.empty()) out.registers.emplace(std::uint8_t{0}, Digest{1});
  return out;
}

verifier::EvidencePolicy base(std::string platform) {
  verifier::EvidencePolicy p;
  p.profile = verifier::Profile::none;
  p.platforms = {std::move(platform)};
  p.freshness_seconds = 86400;
  return p;
}

void refused(View bytes, const verifier::EvidencePolicy& policy, attestation::Platform platform) {
  require(policy.check().has_value(), "the policy is one");
  const auto result = verifier::appraise_document(bytes, policy, Time::from_seconds(1'782'864'000), {}, platform);
  require(!result, "evidence that no known key signed is refused");
  const Reject reason = result.error().reason;
  require(reason == Reject::truncated || exit_code(reason) == Exit::evidence_refused,
          "a refusal of evidence has a word for evidence");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = crypto::start().has_value();
  require(started, "crypto starts");
  static const Bytes key = crypto::PlatformSigner::generate(crypto::PlatformKeyKind::rsa).public_key().spki();
  const View bytes(data, size);
  if (const auto attest = attestation::TpmAttest::parse(bytes))
    require(equal(attest->encode(), bytes), "a TPMS_ATTEST has one spelling");
  if (const auto signature = attestation::TpmSignature::parse(bytes))
    require(equal(signature->encode(), bytes), "a TPMT_SIGNATURE has one spelling");
  if (const auto report = attestation::HclReport::parse(bytes)) {
    require(equal(report->encode(), bytes), "a paravisor's report has one spelling");
    (void)attestation::HclRuntime::parse(report->runtime);
  }
  (void)attestation::HclRuntime::parse(text_of(bytes));
  if (const auto local = attestation::TdLocalReport::parse(bytes)) {
    Bytes written = local->encode();
    written.resize(size);  // zeros behind it
    require(equal(written, bytes), "a TDREPORT has one spelling");
  }

  verifier::EvidencePolicy tpm = base("tpm");
  tpm.tpm = verifier::TpmRules{.keys = {{.name = "fuzz", .spki = key}}, .versions = {version_of({})}};
  if (const auto quote = attestation::TpmQuote::parse(bytes)) {
    require(equal(quote->encode(), bytes), "a quote has one spelling");
    tpm.tpm->versions = {version_of(quote->registers)};
  }
  refused(bytes, tpm, attestation::Platform::tpm);

  verifier::EvidencePolicy azure = base("azure-snp-vtpm");
  azure.azure_snp = verifier::TpmRules{.keys = {}, .versions = {version_of({})}};
  verifier::SnpRules rules;
  rules.signing_keys = {"vcek", "vlek"};
  rules.maximum_vmpl = 3;
  rules.unchecked = {"chip", "revocation", "tcb"};
  azure.snp = rules;
  for (const auto& root : verifier::known_roots()) {
    if (root.platform != attestation::Platform::sev_snp) continue;
    azure.roots.push_back({.name = std::string(root.name), .sha256 = root.sha256});
    azure.measurements.push_back({.version = "1", .root = root.sha256, .pcrs = {}, .launch = Array<48>{1}});
  }
  verifier::EvidencePolicy over_tdx = base("azure-tdx-vtpm");
  over_tdx.azure_tdx = verifier::TpmRules{.keys = {}, .versions = {version_of({})}};
  verifier::IntelRules intel;
  intel.unchecked = {"fmspc", "platform", "revocation", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "sept-ve-disable", "tcb"};
  over_tdx.tdx = intel;
  for (const auto& root : verifier::known_roots()) {
    if (root.platform != attestation::Platform::tdx) continue;
    over_tdx.roots.push_back({.name = std::string(root.name), .sha256 = root.sha256});
    over_tdx.measurements.push_back({.version = "1", .root = root.sha256, .td = verifier::TdMeasurement{.mr_td = {1}}});
  }
  if (const auto evidence = attestation::AzureEvidence::parse(bytes)) {
    require(equal(evidence->encode(), bytes), "evidence of Azure's has one spelling");
    azure.azure_snp->versions = {version_of(evidence->quote.registers)};
    over_tdx.azure_tdx->versions = {version_of(evidence->quote.registers)};
    if (const auto quote = evidence->hardware_quote()) {
      require(equal(quote->encode(), evidence->td_quote), "a quote in it has one spelling");
      const auto& td = std::get<attestation::TdReport>(quote->body);
      if (td.mr_td != Array<48>{}) over_tdx.measurements.front().td->mr_td = td.mr_td;
    }
  }
  refused(bytes, azure, attestation::Platform::azure_snp);
  refused(bytes, over_tdx, attestation::Platform::azure_tdx);
  return 0;
}
