#include "verifier/appraise.h"

#include <algorithm>

#include "crypto/chain_memory.h"
#include "verifier/platform_appraise.h"

namespace glovebox::verifier {
namespace {
using attestation::Evidence;
using attestation::Platform;
using attestation::Purpose;

// A client's context repeats what the platform vouches for: it must repeat it truly.
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

Status check_platform(Platform platform, const EvidencePolicy& policy) {
  const std::string word(attestation::name(platform));
  if (std::ranges::contains(policy.platforms, word)) return {};
  std::string listed;
  for (const std::string& p : policy.platforms) listed += (listed.empty() ? "" : ", ") + p;
  return fail(Reject::platform_unknown, "evidence of platform " + word, listed,
              "list it under `platforms`, with a root and a measurement of its own, if you accept it");
}

Result<AttestationResult> appraise_platform(Platform platform, View document, const EvidencePolicy& policy, Time now,
                                            const Wanted& wanted) {
  GLOVEBOX_CHECK(check_platform(platform, policy));
  switch (platform) {
    case Platform::nitro:
      return appraise_nitro(document, policy, now, wanted);
    case Platform::nitro_tpm:
      return appraise_nitro_tpm(document, policy, now, wanted);
    case Platform::sev_snp:
      return appraise_snp(document, policy, now, wanted);
    case Platform::tdx:
      return appraise_quote(attestation::Tee::tdx, document, policy, now, wanted);
    case Platform::sgx:
      return appraise_quote(attestation::Tee::sgx, document, policy, now, wanted);
    case Platform::arm_cca:
      return appraise_cca(document, policy, now, wanted);
    case Platform::arm_psa:
      return appraise_psa(document, policy, now, wanted);
    case Platform::azure_snp:
      return appraise_azure(attestation::HclHardware::snp, document, policy, now, wanted);
    case Platform::azure_tdx:
      return appraise_azure(attestation::HclHardware::tdx, document, policy, now, wanted);
    case Platform::tpm:
      break;
  }
  return appraise_tpm(document, policy, now, wanted);
}
}  // namespace

// As long as the longest value of a register or report: what was found and expected must differ to the eye, too.
constexpr std::size_t shown_hex_max = 128;

std::string short_hex(View bytes) {
  const std::string hex = to_hex(bytes);
  return hex.size() <= shown_hex_max ? hex : hex.substr(0, shown_hex_max) + "...";
}

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

Status check_message(const Wanted& wanted) {
  const Evidence& evidence = *wanted.evidence;
  const Expected& expected = *wanted.expected;
  if (!equal_secret(evidence.nonce, expected.nonce))
    return fail(Reject::nonce_mismatch, short_hex(evidence.nonce), short_hex(expected.nonce));
  if (evidence.purpose() != expected.purpose)
    return fail(Reject::purpose_mismatch, std::string(name(evidence.purpose())), std::string(name(expected.purpose)));
  if (expected.context && *expected.context != evidence.context)
    return fail(Reject::binding_mismatch, "evidence for another context", "the context of this request");
  return {};
}

std::vector<std::string> unchecked_of_document(const EvidencePolicy& policy, const Wanted& wanted) {
  std::vector<std::string> out;
  if (policy.profile != Profile::glovebox) out = {"models", "configuration"};
  if (wanted.evidence == nullptr) {
    out.emplace_back("keys");
    out.emplace_back("binding");
    if (!wanted.nonce) out.emplace_back("nonce");
  }
  return out;
}

Result<AttestationResult> appraise(const Evidence& evidence, const Expected& expected, const EvidencePolicy& policy,
                                   Time now, const Collateral& collateral, crypto::ChainMemory* memory) {
  crypto::ChainMemory once;  // one certificate may stand in policy, evidence and collateral: it is read once
  if (memory == nullptr) memory = &once;
  GLOVEBOX_CHECK(policy.check(memory));
  if (policy.profile != Profile::glovebox)
    return fail(Reject::policy_invalid, "profile \"none\"", "profile \"glovebox\"",
                "\"none\" is for looking at foreign documents");
  if (expected.purpose == Purpose::kms)
    return fail(Reject::unsupported, "evidence for purpose kms", "", "AWS KMS appraises that itself");
  const auto platform = attestation::platform_from_media_type(evidence.media_type);
  if (!platform)
    return fail(Reject::platform_unknown, evidence.media_type.substr(0, 64),
                std::string(attestation::media_type_nitro));

  const attestation::Binding binding = evidence.binding();
  const Wanted wanted{
      .evidence = &evidence, .binding = &binding, .expected = &expected, .collateral = &collateral, .memory = memory};
  auto appraised = appraise_platform(*platform, evidence.document, policy, now, wanted);
  if (!appraised) {
    // In a message the document's length is framed: one that is too short is not cut, it is wrong.
    Error error = appraised.error();
    if (error.reason == Reject::truncated) error.reason = Reject::evidence_malformed;
    return std::unexpected(std::move(error));
  }
  AttestationResult out = std::move(*appraised);
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
  out.binding = binding;
  return out;
}

Result<Platform> platform_of_file(View file, const EvidencePolicy& policy) {
  using attestation::Kind;
  const auto only =
      policy.platforms.size() == 1 ? attestation::platform_from_name(policy.platforms.front()) : std::nullopt;
  const Kind kind = attestation::recognise(file);
  switch (kind) {
    case Kind::azure_vtpm: {  // whose quote is missing, which its parser says
      const auto report = attestation::HclReport::parse(file);
      return report && report->hardware == attestation::HclHardware::tdx ? Platform::azure_tdx : Platform::azure_snp;
    }
    case Kind::cose:
      return only.value_or(Platform::nitro);
    case Kind::unknown:  // its parser says more
      if (only && !file.empty()) return *only;
      return fail(Reject::evidence_malformed, std::to_string(file.size()) + " bytes of something else",
                  "evidence of a platform");
    default:
      if (const auto platform = attestation::platform_of(kind)) return *platform;
      return fail(Reject::unsupported, std::string(attestation::sentence(kind)),
                  "evidence of a platform that is appraised here", "nothing about it was checked");
  }
}

Result<AttestationResult> appraise_document(View document, const EvidencePolicy& policy, Time now,
                                            std::optional<View> nonce, Platform platform, const Collateral& collateral,
                                            crypto::ChainMemory* memory) {
  crypto::ChainMemory once;
  if (memory == nullptr) memory = &once;
  GLOVEBOX_CHECK(policy.check(memory));
  return appraise_platform(platform, document, policy, now,
                           Wanted{.nonce = nonce, .collateral = &collateral, .memory = memory});
}

}  // namespace glovebox::verifier
