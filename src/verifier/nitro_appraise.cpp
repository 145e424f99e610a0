// The appraisal of a Nitro document: what AWS Nitro Enclaves sign, held against a policy.
#include <algorithm>

#include "verifier/nitro_verify.h"
#include "verifier/platform_appraise.h"

namespace glovebox::verifier {
namespace {
using attestation::Evidence;
using attestation::NitroClaims;
using attestation::Pcr;
using attestation::Pcrs;

std::string register_name(std::uint8_t index) {
  return "PCR" + std::to_string(index);
}

Status check_binding(const NitroClaims& claims, const Wanted& wanted) {
  GLOVEBOX_CHECK(check_nonce(claims, wanted.expected->nonce));
  GLOVEBOX_CHECK(check_message(wanted));
  const Evidence& evidence = *wanted.evidence;
  const attestation::Binding& binding = *wanted.binding;
  if (!claims.user_data || !equal_secret(*claims.user_data, binding.view()))
    return fail(Reject::binding_mismatch, claims.user_data ? short_hex(*claims.user_data) : "no user_data",
                short_hex(binding.view()),
                "the keys, nonce or context beside the document are not those it was made for");
  const Digest keys = evidence.keys.digest();
  if (!claims.public_key || !equal_secret(*claims.public_key, keys))
    return fail(Reject::binding_mismatch, claims.public_key ? short_hex(*claims.public_key) : "no public_key",
                short_hex(keys));
  return {};
}

Status check_debug(const Pcrs& pcrs) {
  for (const std::uint8_t index : attestation::pcrs_of_image)
    if (const auto it = pcrs.find(index); it != pcrs.end() && attestation::is_zero(it->second))
      return fail(Reject::debug_enclave, register_name(index) + " all zero", "the measurement of an image",
                  "the host can read an enclave that was started in debug mode");
  return {};
}

Status check_present(const Pcrs& pcrs, std::initializer_list<std::uint8_t> wanted) {
  for (const std::uint8_t index : wanted)
    if (!pcrs.contains(index))
      return fail(Reject::pcr_absent, "no " + register_name(index), register_name(index),
                  "a register shows once it is locked");
  return {};
}

Status check_filled(const Pcrs& pcrs, std::initializer_list<std::uint8_t> wanted) {
  for (const std::uint8_t index : wanted)
    if (attestation::is_zero(pcrs.at(index))) return fail(Reject::pcr_zero, register_name(index) + " all zero");
  return {};
}

// measurement finds the version that the document's registers are, under the root it is signed under.
Result<const Measurement*> measurement(const Pcrs& pcrs, const EvidencePolicy& policy, const Root& root) {
  const std::array<Pcr, 3> found = {pcrs.at(0), pcrs.at(1), pcrs.at(2)};
  bool elsewhere = false;
  for (const Measurement& m : policy.measurements) {
    if (m.pcrs != found) continue;
    if (m.root == root.sha256) return &m;
    elsewhere = true;
  }
  const Measurement& first = policy.measurements.front();
  std::uint8_t differs = 0;
  while (differs < 2 && first.pcrs.at(differs) == found.at(differs)) ++differs;
  return fail(Reject::measurement_unknown, register_name(differs) + " " + to_hex(found.at(differs)),
              policy.measurements.size() == 1 ? to_hex(first.pcrs.at(differs)) + " (version " + first.version + ")"
                                              : "one of " + std::to_string(policy.measurements.size()) + " versions",
              elsewhere ? "the policy knows this measurement, but under another root" : "");
}

Status check_inputs(const Pcrs& pcrs, const EvidencePolicy& policy) {
  std::vector<Digest> models;
  for (const ModelReference& model : policy.models) models.push_back(model.digest);
  const Pcr want = attestation::models_register(models);
  if (pcrs.at(attestation::pcr_models) != want)
    return fail(Reject::model_unknown, "PCR16 " + short_hex(pcrs.at(attestation::pcr_models)), short_hex(want),
                "the host started the enclave with other models, more or fewer than the policy names");
  const Pcr configuration = attestation::configuration_register(policy.configuration);
  if (pcrs.at(attestation::pcr_configuration) != configuration)
    return fail(Reject::configuration_unknown, "PCR17 " + short_hex(pcrs.at(attestation::pcr_configuration)),
                short_hex(configuration));
  return {};
}

}  // namespace

Status check_freshness(const NitroClaims& claims, const EvidencePolicy& policy, Time now) {
  const std::int64_t age = now.milliseconds - claims.timestamp.milliseconds;
  const std::int64_t limit = std::int64_t{policy.freshness_seconds} * 1000;
  if (age > limit || age < -limit)
    return fail(Reject::evidence_stale, "a document of " + to_rfc3339(claims.timestamp),
                "within " + std::to_string(policy.freshness_seconds) + " seconds of " + to_rfc3339(now));
  return {};
}

Status check_nonce(const NitroClaims& claims, View nonce) {
  if (!claims.nonce) return fail(Reject::nonce_mismatch, "no nonce", short_hex(nonce));
  if (!equal_secret(*claims.nonce, nonce))
    return fail(Reject::nonce_mismatch, short_hex(*claims.nonce), short_hex(nonce),
                "the evidence was made for someone else, or is a copy of an older one");
  return {};
}

Result<AttestationResult> appraise_nitro(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(document, attestation::parse_unverified(bytes));  // 1
  if (wanted.evidence != nullptr) GLOVEBOX_CHECK(check_keys(*wanted.evidence));
  GLOVEBOX_TRY(root, verify_nitro(document, policy, now, wanted.memory));  // 2, 3
  const NitroClaims& claims = document.claims;
  GLOVEBOX_CHECK(check_freshness(claims, policy, now));  // 4
  if (wanted.evidence != nullptr)
    GLOVEBOX_CHECK(check_binding(claims, wanted));  // 5
  else if (wanted.nonce)
    GLOVEBOX_CHECK(check_nonce(claims, *wanted.nonce));
  // What profile this is comes first: a foreign document has no debug mode of ours to speak of.
  const bool ours = policy.profile == Profile::glovebox;
  GLOVEBOX_CHECK(check_present(claims.pcrs, {0, 1, 2}));  // 6
  if (ours) GLOVEBOX_CHECK(check_present(claims.pcrs, {attestation::pcr_models, attestation::pcr_configuration}));
  GLOVEBOX_CHECK(check_debug(claims.pcrs));                                                                        // 7
  if (ours) GLOVEBOX_CHECK(check_filled(claims.pcrs, {attestation::pcr_models, attestation::pcr_configuration}));  // 8
  GLOVEBOX_TRY(version, measurement(claims.pcrs, policy, *root));
  if (ours) GLOVEBOX_CHECK(check_inputs(claims.pcrs, policy));

  AttestationResult out{.platform = "nitro",
                        .root_name = root->name,
                        .root = root->sha256,
                        .development = root->test,
                        .version = version->version,
                        .instance = claims.module_id,
                        .measurements = {},
                        .models = policy.models,
                        .configuration = ours ? std::optional(policy.configuration) : std::nullopt,
                        .time = claims.timestamp,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const auto& [index, value] : claims.pcrs)
    out.measurements.push_back({"pcr" + std::to_string(index), to_bytes(value)});
  return out;
}

}  // namespace glovebox::verifier
