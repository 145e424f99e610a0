// The appraisal of tokens of Arm PSA and Arm CCA, held against a policy.
#include <algorithm>

#include "verifier/arm_verify.h"
#include "verifier/platform_appraise.h"

namespace glovebox::verifier {
namespace {
using attestation::ArmClaims;
using attestation::ArmComponent;
using attestation::CcaToken;
using attestation::PsaToken;
namespace arm = attestation::arm;

std::unexpected<Error> other_nonce(View found, View expected) {
  return fail(Reject::nonce_mismatch, short_hex(found), short_hex(expected),
              "the token was made for someone else, or is a copy of an older one");
}

Status check_psa_nonce(View found, const Wanted& wanted) {
  if (!wanted.nonce || equal_secret(found, *wanted.nonce)) return {};
  return other_nonce(found, *wanted.nonce);
}

// A realm's challenge has 64 bytes: our binding, or a nonce at their front and zeros behind it.
Status check_challenge(View challenge, const Wanted& wanted) {
  if (wanted.evidence != nullptr) {
    GLOVEBOX_CHECK(check_message(wanted));
    const attestation::Binding& binding = *wanted.binding;
    if (!equal_secret(challenge, binding.view()))
      return fail(Reject::binding_mismatch, short_hex(challenge), short_hex(binding.view()),
                  "the keys, nonce or context beside the token are not those it was made for");
    return {};
  }
  if (!wanted.nonce) return {};
  Array<64> padded{};
  if (wanted.nonce->size() > padded.size()) return fail(Reject::nonce_mismatch, "64 bytes", "a longer nonce");
  std::ranges::copy(*wanted.nonce, padded.begin());
  if (!equal_secret(challenge, padded)) return other_nonce(challenge, *wanted.nonce);
  return {};
}

Status check_lifecycle(std::int64_t claim) {
  using enum attestation::ArmLifecycle;
  const auto state = attestation::arm_lifecycle(claim);
  const std::string found = "a platform in state " + std::string(name(state));
  if (state == debug_others || state == debug_root)
    return fail(Reject::debug_enclave, found, "secured", "its memory can be read");
  if (state != secured) return fail(Reject::platform_state_not_allowed, found, "secured");
  return {};
}

Status check_device(const ArmRules& rules, const EnrolledKey& key, View instance, View implementation) {
  if (key.instance && !equal(*key.instance, instance))
    return fail(Reject::chip_unknown, "instance " + to_hex(instance),
                to_hex(*key.instance) + ", that of key " + key.name, "a machine signs for itself alone");
  const auto known = [&](const Digest& one) { return equal(one, implementation); };
  if (!rules.leaves("implementation") && std::ranges::none_of(rules.implementations, known))
    return fail(Reject::chip_unknown, "implementation " + to_hex(implementation),
                "one of " + std::to_string(rules.implementations.size()) + " implementations");
  return {};
}

// software finds the version that the components are: each of them in it, and as many.
const ArmSoftware* software(const std::vector<ArmComponent>& found, const ArmRules& rules) {
  for (const ArmSoftware& version : rules.software) {
    if (version.components.size() != found.size()) continue;
    std::vector<bool> used(found.size(), false);
    const bool all = std::ranges::all_of(version.components, [&](const ArmPiece& piece) {
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (used[i] || found[i].signer != piece.signer || found[i].measurement != piece.measurement) continue;
        if (!piece.type.empty() && found[i].type != piece.type) continue;
        used[i] = true;
        return true;
      }
      return false;
    });
    if (all) return &version;
  }
  return nullptr;
}

// unknown_piece names the first component that no version of the policy has.
std::string unknown_piece(const std::vector<ArmComponent>& found, const ArmRules& rules) {
  for (const ArmComponent& c : found) {
    const bool known = std::ranges::any_of(rules.software, [&](const ArmSoftware& version) {
      return std::ranges::any_of(version.components, [&](const ArmPiece& piece) {
        return piece.signer == c.signer && piece.measurement == c.measurement &&
               (piece.type.empty() || c.type == piece.type);
      });
    });
    if (!known) return "component " + c.type.value_or("without a name") + " " + short_hex(c.measurement);
  }
  return "known components in another number or mixture";
}

void add_components(AttestationResult& out, const std::vector<ArmComponent>& components) {
  for (std::size_t i = 0; i < components.size(); ++i)
    out.measurements.push_back({"component" + std::to_string(i), components[i].measurement});
  for (std::size_t i = 0; i < components.size(); ++i)
    out.facts.push_back({"component" + std::to_string(i), components[i].type.value_or("(no name)") + " " +
                                                              components[i].version.value_or("(no version)")});
}

AttestationResult result_of(std::string_view platform, const EnrolledKey& key, View instance,
                            const EvidencePolicy& policy, const ArmRules& rules, Time now, const Wanted& wanted) {
  AttestationResult out{.platform = std::string(platform),
                        .root_name = key.name,
                        .root = key.digest(),
                        .development = key.test,
                        .version = {},
                        .instance = "instance " + to_hex(instance),
                        .measurements = {},
                        .models = policy.models,
                        .time = now,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const std::string& what : rules.unchecked) out.unchecked.push_back(what);
  out.unchecked.emplace_back("maker");
  if (wanted.evidence == nullptr && !wanted.nonce) out.unchecked.emplace_back("time");
  return out;
}
}  // namespace

Result<AttestationResult> appraise_psa(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(token, PsaToken::parse(bytes));  // 1
  const ArmRules& rules = *policy.arm_psa;
  GLOVEBOX_TRY(key, verify_arm(token, rules));  // 2, 3
  const ArmClaims& claims = token.token.claims;
  const View instance = claims.bytes(token.of(arm::instance));
  const View implementation = claims.bytes(token.of(arm::implementation));
  GLOVEBOX_CHECK(check_psa_nonce(claims.bytes(token.of(arm::nonce)), wanted));  // 5
  GLOVEBOX_CHECK(check_lifecycle(claims.number(token.of(arm::lifecycle))));     // 7, 8
  GLOVEBOX_CHECK(check_device(rules, *key, instance, implementation));
  const auto& components = *claims.find<std::vector<ArmComponent>>(token.of(arm::components));
  const ArmSoftware* version = software(components, rules);
  if (version == nullptr)
    return fail(Reject::measurement_unknown, unknown_piece(components, rules), "the components of one of the versions");

  AttestationResult out = result_of("arm-psa", *key, instance, policy, rules, now, wanted);
  out.version = version->version;
  out.facts = {{"profile", claims.text(token.of(arm::profile))},
               {"implementation", to_hex(implementation)},
               {"client", std::to_string(claims.number(token.of(arm::client)))}};
  if (const auto* seed = claims.find<Bytes>(token.of(arm::boot_seed)))
    out.facts.push_back({"boot seed", to_hex(*seed)});
  if (const auto* text = claims.find<std::string>(token.of(arm::certification)))
    out.facts.push_back({"certification", *text});
  add_components(out, components);
  return out;
}

Result<AttestationResult> appraise_cca(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(token, CcaToken::parse(bytes));  // 1
  if (wanted.evidence != nullptr) GLOVEBOX_CHECK(check_keys(*wanted.evidence));
  const ArmRules& rules = *policy.arm_cca;
  GLOVEBOX_TRY(key, verify_arm(token, rules));  // 2, 3
  const ArmClaims& platform = token.platform.claims;
  const ArmClaims& realm = token.realm.claims;
  const View instance = platform.bytes(arm::instance);
  GLOVEBOX_CHECK(check_challenge(realm.bytes(arm::nonce), wanted));  // 5
  GLOVEBOX_CHECK(check_lifecycle(platform.number(arm::lifecycle)));  // 7, 8
  GLOVEBOX_CHECK(check_device(rules, *key, instance, platform.bytes(arm::implementation)));
  const auto& components = *platform.find<std::vector<ArmComponent>>(arm::components);
  const ArmSoftware* firmware = software(components, rules);
  if (firmware == nullptr && !rules.leaves("firmware"))
    return fail(Reject::firmware_unknown, unknown_piece(components, rules), "the components of one of the versions");

  const Bytes& initial = *realm.find<Bytes>(arm::initial);
  const auto& extensible = *realm.find<std::vector<Bytes>>(arm::extensible);
  const auto version = std::ranges::find_if(rules.realms, [&](const ArmRealm& one) {
    return one.initial == initial && (one.extensible.empty() || one.extensible == extensible);
  });
  if (version == rules.realms.end()) {
    const bool started = std::ranges::contains(rules.realms, initial, &ArmRealm::initial);
    return fail(Reject::measurement_unknown, started ? "other extensible measurements" : to_hex(initial),
                "a realm of the policy",
                started ? "the realm was started as the policy says, and measured something else since" : "");
  }
  const bool ours = policy.profile == Profile::glovebox;
  if (ours) {
    std::vector<Digest> models;
    for (const ModelReference& model : policy.models) models.push_back(model.digest);
    const auto inputs = attestation::cca_inputs(policy.configuration, models);
    if (!equal(realm.bytes(arm::personalization), inputs))
      return fail(Reject::configuration_unknown, "personalization " + short_hex(realm.bytes(arm::personalization)),
                  short_hex(inputs), "the realm was started with other models or another configuration");
  }

  AttestationResult out = result_of("arm-cca", *key, instance, policy, rules, now, wanted);
  out.version = version->version;
  if (ours) out.configuration = policy.configuration;
  out.measurements.push_back({"initial", initial});
  for (std::size_t i = 0; i < extensible.size(); ++i)
    out.measurements.push_back({"extensible" + std::to_string(i), extensible[i]});
  out.facts = {{"profile", platform.text(arm::profile)},
               {"implementation", to_hex(platform.bytes(arm::implementation))},
               {"configuration", to_hex(platform.bytes(arm::platform_config))},
               {"challenge", to_hex(realm.bytes(arm::nonce))},
               {"personalization", to_hex(realm.bytes(arm::personalization))}};
  if (firmware != nullptr) out.facts.push_back({"firmware", firmware->version});
  add_components(out, components);
  return out;
}

}  // namespace glovebox::verifier
