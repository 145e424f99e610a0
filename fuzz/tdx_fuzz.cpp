// layers: verifier
// max_len: 12288
// Quotes of TDX and SGX: what parses is written back as it came; and nothing is accepted, for nobody here can sign
// under Intel's root. What nobody signs is whether zeros follow: a true quote's own bytes are never among the seeds.
#include "attestation/quote.h"
#include "property.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"
#include "verifier/known_roots.h"

using namespace glovebox;
using fuzz::require;

namespace {
// accepts_anything_of_intel leaves unchecked all that can be left, and lists the measurement at hand.
verifier::EvidencePolicy accepts_anything_of_intel(const attestation::Quote& quote) {
  const bool tdx = quote.tee() == attestation::Tee::tdx;
  verifier::EvidencePolicy p;
  p.profile = verifier::Profile::none;
  p.platforms = {tdx ? "tdx" : "sgx"};
  p.freshness_seconds = 86400;
  verifier::IntelRules rules;
  rules.unchecked = {"fmspc", "platform", "revocation"};
  if (tdx) rules.unchecked.insert(rules.unchecked.end(), {"rtmr0", "rtmr1", "rtmr2", "rtmr3", "sept-ve-disable"});
  rules.unchecked.emplace_back("tcb");
  verifier::Measurement m{.version = "1", .root = {}};
  if (const auto* const td = std::get_if<attestation::TdReport>(&quote.body)) {
    m.td.emplace().mr_td = td->mr_td;
    if (td->mr_td == Array<48>{}) m.td->mr_td[0] = 1;
  } else {
    const auto& enclave = std::get<attestation::EnclaveReport>(quote.body);
    m.enclave.emplace().mr_enclave = enclave.mr_enclave;
    if (enclave.mr_enclave == Array<32>{}) (*m.enclave->mr_enclave)[0] = 1;
  }
  for (const auto& root : verifier::known_roots()) {
    if (root.platform != attestation::Platform::tdx) continue;
    p.roots.push_back({.name = std::string(root.name), .sha256 = root.sha256});
    m.root = root.sha256;
  }
  p.measurements = {m};
  (tdx ? p.tdx : p.sgx) = rules;
  return p;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  const auto quote = attestation::Quote::parse(bytes);
  if (!quote) {
    const Reject reason = quote.error().reason;
    require(reason == Reject::truncated || exit_code(reason) == Exit::evidence_refused, "a word for evidence");
    return 0;
  }
  require(equal(quote->encode(), bytes), "a quote has one spelling");
  require(quote->signed_size() < bytes.size(), "what is signed lies inside");
  for (const std::size_t shorter : {std::size_t{0}, quote->signed_size(), size - quote->padding - 1}) {
    const auto cut = attestation::Quote::parse(bytes.first(shorter));
    require(!cut && cut.error().reason == Reject::truncated, "a shorter quote is cut short");
  }
  require(!verifier::describe(*quote).empty(), "it can be shown");
  const auto policy = accepts_anything_of_intel(*quote);
  require(policy.check().has_value(), "the policy is one");
  const auto form = policy.to_cbor();
  const auto again = verifier::EvidencePolicy::from_cbor(form);
  require(again && *again == policy, "a policy reads back");
  // Half past 2026, when every real certificate of ours is valid.
  const Time at = Time::from_seconds(1'782'864'000);
  const auto platform = quote->tee() == attestation::Tee::tdx ? attestation::Platform::tdx : attestation::Platform::sgx;
  const auto result = verifier::appraise_document(bytes, policy, at, {}, platform);
  require(!result, "a quote that Intel's key did not sign is refused");
  require(exit_code(result.error().reason) == Exit::evidence_refused, "a refusal of evidence has a word for evidence");
  return 0;
}
