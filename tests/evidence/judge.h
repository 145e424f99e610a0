// judge.h: how tests ask for a verdict on a case, and how a stored case is read.
#pragma once
#include <nlohmann/json.hpp>

#include "attestation/cmw.h"
#include "support.h"
#include "testroots/suite.h"
#include "verifier/appraise.h"
#include "verifier/policy_toml.h"

namespace glovebox::test {

// judge is the judge of `glovebox attest verify`, as tests call it: it knows the platform by the bytes alone.
inline Result<verifier::AttestationResult> judge(const testroots::Case& one, const std::string& policy_text,
                                                 View bundle, crypto::ChainMemory* memory = nullptr) {
  using attestation::Kind;
  using attestation::Platform;
  GLOVEBOX_TRY(policy, verifier::parse_policy(view_of(policy_text)));
  verifier::Collateral collateral;
  if (!bundle.empty()) GLOVEBOX_CHECK(collateral.add(bundle));
  Bytes document = one.evidence;
  Platform platform = Platform::nitro;
  switch (attestation::recognise(one.evidence)) {
    case Kind::message: {
      GLOVEBOX_TRY(evidence, attestation::Evidence::parse(one.evidence));
      GLOVEBOX_TRY(purpose, attestation::purpose_from_name(one.purpose));
      GLOVEBOX_TRY(nonce, fixed<attestation::nonce_size>(one.nonce));
      return verifier::appraise(evidence, {.purpose = purpose, .nonce = nonce}, policy.evidence, one.at, collateral,
                                memory);
    }
    case Kind::cmw: {
      GLOVEBOX_TRY(record, attestation::Cmw::parse(one.evidence));
      document = record.value;
      platform = attestation::platform_from_media_type(record.media_type).value_or(Platform::nitro);
      break;
    }
    default: {
      GLOVEBOX_TRY(found, verifier::platform_of_file(one.evidence, policy.evidence));
      platform = found;
    }
  }
  const std::optional<View> nonce = one.nonce.empty() ? std::nullopt : std::optional<View>(one.nonce);
  return verifier::appraise_document(document, policy.evidence, one.at, nonce, platform, collateral, memory);
}

// read_case reads one folder of tests/vectors/attestation.
inline testroots::Case read_case(const std::filesystem::path& folder) {
  const auto json = nlohmann::json::parse(text_of(read(folder / "manifest.json")));
  testroots::Case out;
  out.name = folder.filename().string();
  out.platform = json.at("platform").get<std::string>();
  out.why = json.at("why").get<std::string>();
  out.expected = json.at("expected").get<std::string>();
  out.clause = json.at("clause").get<std::string>();
  out.policy = json.at("policy").get<std::string>();
  out.at = from_rfc3339(json.at("at").get<std::string>()).value();
  if (json.contains("nonce")) out.nonce = from_hex(json.at("nonce").get<std::string>()).value();
  if (json.contains("collateral")) out.collateral = json.at("collateral").get<std::string>();
  if (json.contains("purpose")) out.purpose = json.at("purpose").get<std::string>();
  out.evidence = read(folder / json.at("evidence").get<std::string>());
  return out;
}

}  // namespace glovebox::test
