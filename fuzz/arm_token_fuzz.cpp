// layers: verifier
// max_len: 4096
// Tokens of Arm PSA and Arm CCA: what parses is written back as it came; and what was changed is not accepted, under
// keys that signed nothing but what stands here.
#include "attestation/arm_tokens.h"
#include "crypto/init.h"
#include "property.h"
#include "verifier/appraise.h"

using namespace glovebox;
using fuzz::require;

namespace {
namespace arm = attestation::arm;
using attestation::ArmComponent;

// accepts_anything enrols keys that never sign, and lists whatever the token at hand claims.
verifier::EvidencePolicy accepts_anything(std::string platform, const std::vector<ArmComponent>& components) {
  static const std::vector<verifier::EnrolledKey> keys = [] {
    std::vector<verifier::EnrolledKey> out;
    for (const auto kind : {crypto::PlatformKeyKind::p256, crypto::PlatformKeyKind::p384})
      out.push_back({.name = "fuzz", .spki = crypto::PlatformSigner::generate(kind).public_key().spki()});
    return out;
  }();
  verifier::EvidencePolicy p;
  p.profile = verifier::Profile::none;
  p.platforms = {platform};
  p.freshness_seconds = 86400;
  verifier::ArmRules rules;
  rules.keys = keys;
  rules.unchecked = {"implementation", "instance"};
  verifier::ArmSoftware software{.version = "1", .components = {}};
  for (const ArmComponent& c : components) software.components.push_back({"", c.signer, c.measurement});
  std::ranges::sort(software.components);
  if (platform == "arm-psa") {
    rules.software = {software};
    p.arm_psa = rules;
    return p;
  }
  rules.unchecked = {"extensible", "firmware", "implementation", "instance"};
  rules.realms = {{.version = "1", .initial = Bytes(32, 1)}};
  p.arm_cca = rules;
  return p;
}

void refused(View bytes, const verifier::EvidencePolicy& policy, attestation::Platform platform) {
  const auto result = verifier::appraise_document(bytes, policy, Time::from_seconds(1'782'864'000), {}, platform);
  require(!result, "a token that no enrolled key signed is refused");
  const Reject reason = result.error().reason;
  require(
      reason == Reject::truncated || reason == Reject::policy_invalid || exit_code(reason) == Exit::evidence_refused,
      "a refusal of evidence has a word for evidence");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = crypto::start().has_value();
  require(started, "crypto starts");
  const View bytes(data, size);
  std::vector<ArmComponent> components;
  if (const auto token = attestation::PsaToken::parse(bytes)) {
    require(equal(token->encode(), bytes), "a token of PSA has one spelling");
    components = *token->token.claims.find<std::vector<ArmComponent>>(token->of(arm::components));
  }
  refused(bytes, accepts_anything("arm-psa", components), attestation::Platform::arm_psa);
  if (const auto token = attestation::CcaToken::parse(bytes))
    require(equal(token->encode(), bytes), "a token of CCA has one spelling");
  refused(bytes, accepts_anything("arm-cca", {}), attestation::Platform::arm_cca);
  return 0;
}
