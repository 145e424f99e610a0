#include "verifier/appraise.h"

#include <algorithm>

#include "verifier/nitro_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::Evidence;
using attestation::KeySet;
using attestation::NitroClaims;
using attestation::Pcr;
using attestation::Pcrs;
using attestation::Purpose;

std::string short_hex(View bytes) {
  const std::string hex = to_hex(bytes);
  return hex.size() <= 32 ? hex : hex.substr(0, 32) + "...";
}
std::string register_name(std::uint8_t index) {
  return "PCR" + std::to_string(index);
}

// form of the keys: exactly those of the purpose.
Status check_keys(const Evidence& evidence) {
  const bool client = evidence.purpose() == Purpose::client;
  const attestation::Key* hpke = evidence.keys.find(attestation::role_hpke);
  const attestation::Key* receipt = evidence.keys.find(attestation::role_receipt);
  if (hpke == nullptr || (receipt != nullptr) != client || evidence.keys.keys().size() != (client ? 2 : 1))
    return fail(Reject::evidence_malformed, "other keys than purpose " + std::string(name(evidence.purpose())) + " has",
                client ? "hpke and receipt" : "hpke");
  if (client) {
    if (receipt->algorithm != attestation::algorithm_ed25519 || !crypto::VerifyKey::parse(receipt->public_key))
      return fail(Reject::evidence_malformed, "a receipt key of another form", "an Ed25519 key");
  }
  // A KEM that nobody knows is left to the last step, which names what the policy allows.
  if (const auto kem = crypto::kem_from_id(hpke->algorithm); kem && !crypto::KemPublic::parse(*kem, hpke->public_key))
    return fail(Reject::evidence_malformed, "an hpke key that is no key of its KEM", std::string(crypto::name(*kem)));
  return {};
}

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

Status check_binding(const NitroClaims& claims, const Evidence& evidence, const Expected& expected) {
  GLOVEBOX_CHECK(check_nonce(claims, expected.nonce));
  if (!equal_secret(evidence.nonce, expected.nonce))
    return fail(Reject::nonce_mismatch, short_hex(evidence.nonce), short_hex(expected.nonce));
  if (evidence.purpose() != expected.purpose)
    return fail(Reject::purpose_mismatch, std::string(name(evidence.purpose())), std::string(name(expected.purpose)));
  if (expected.context && *expected.context != evidence.context)
    return fail(Reject::binding_mismatch, "evidence for another context", "the context of this request");
  const attestation::Binding binding = evidence.binding();
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

// A client's context repeats what the registers hold: it must repeat it truly.
Status check_client_context(const attestation::Context& context, const EvidencePolicy& policy) {
  const auto* client = std::get_if<attestation::ClientContext>(&context);
  if (client == nullptr) return {};
  std::vector<Digest> models;
  for (const ModelReference& model : policy.models) models.push_back(model.digest);
  std::ranges::sort(models);
  if (client->models != models)
    return fail(Reject::model_unknown, "other models in the context", "the policy's models");
  if (client->configuration != policy.configuration)
    return fail(Reject::configuration_unknown, to_hex(client->configuration), to_hex(policy.configuration));
  return {};
}

// Wanted is what differs between evidence of our own enclaves and a foreign document: nothing, or a message.
struct Wanted {
  const Evidence* evidence = nullptr;
  const Expected* expected = nullptr;
  std::optional<View> nonce = {};
};

Result<AttestationResult> appraise_nitro(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(document, attestation::parse_unverified(bytes));  // 1
  if (wanted.evidence != nullptr) GLOVEBOX_CHECK(check_keys(*wanted.evidence));
  GLOVEBOX_TRY(root, verify_nitro(document, policy, now));  // 2, 3
  const NitroClaims& claims = document.claims;
  GLOVEBOX_CHECK(check_freshness(claims, policy, now));  // 4
  if (wanted.evidence != nullptr)
    GLOVEBOX_CHECK(check_binding(claims, *wanted.evidence, *wanted.expected));  // 5
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
                        .module_id = claims.module_id,
                        .measurements = claims.pcrs,
                        .models = policy.models,
                        .configuration = ours ? std::optional(policy.configuration) : std::nullopt,
                        .time = claims.timestamp,
                        .policy = policy.digest(),
                        .unchecked = {}};
  if (!ours) out.unchecked = {"models", "configuration"};
  if (wanted.evidence == nullptr) {
    out.unchecked.emplace_back("keys");
    out.unchecked.emplace_back("binding");
    if (!wanted.nonce) out.unchecked.emplace_back("nonce");
  }
  return out;
}
}  // namespace

Result<AttestationResult> appraise(const Evidence& evidence, const Expected& expected, const EvidencePolicy& policy,
                                   Time now) {
  GLOVEBOX_CHECK(policy.check());
  if (policy.profile != Profile::glovebox)
    return fail(Reject::policy_invalid, "profile \"none\"", "profile \"glovebox\"",
                "\"none\" is for looking at foreign documents");
  if (expected.purpose == Purpose::kms)
    return fail(Reject::unsupported, "evidence for purpose kms", "", "AWS KMS appraises that itself");
  if (evidence.media_type != attestation::media_type_nitro)
    return fail(Reject::platform_unknown, evidence.media_type.substr(0, 64),
                std::string(attestation::media_type_nitro));

  const Wanted wanted{.evidence = &evidence, .expected = &expected};
  GLOVEBOX_TRY(out, appraise_nitro(evidence.document, policy, now, wanted));
  GLOVEBOX_CHECK(check_client_context(evidence.context, policy));

  const attestation::Key& hpke = *evidence.keys.find(attestation::role_hpke);  // 9
  const auto kem = crypto::kem_from_id(hpke.algorithm);
  if (!kem || std::ranges::find(policy.kems, *kem) == policy.kems.end()) {
    std::string allowed;
    for (const crypto::Kem k : policy.kems) allowed += (allowed.empty() ? "" : ", ") + std::string(crypto::name(k));
    return fail(Reject::kem_not_allowed,
                kem ? std::string(crypto::name(*kem)) : "KEM " + std::to_string(hpke.algorithm), allowed);
  }
  GLOVEBOX_TRY(recipient, crypto::KemPublic::parse(*kem, hpke.public_key));
  out.hpke = std::move(recipient);
  if (const attestation::Key* receipt = evidence.keys.find(attestation::role_receipt)) {
    GLOVEBOX_TRY(key, crypto::VerifyKey::parse(receipt->public_key));
    out.receipt = key;
  }
  out.purpose = evidence.purpose();
  out.keys = evidence.keys;
  out.binding = evidence.binding();
  return out;
}

Result<AttestationResult> appraise_document(View nitro_document, const EvidencePolicy& policy, Time now,
                                            std::optional<View> nonce) {
  GLOVEBOX_CHECK(policy.check());
  return appraise_nitro(nitro_document, policy, now, Wanted{.nonce = nonce});
}

}  // namespace glovebox::verifier
