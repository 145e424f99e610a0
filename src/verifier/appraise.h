// appraise.h: whether evidence is what a policy accepts: a pure function of evidence, nonce, policy and time, in the
// order of docs/spec/evidence.md, "Appraisal". A returned AttestationResult means accepted; there is no flag inside.
#pragma once
#include "attestation/evidence.h"
#include "attestation/nitro_document.h"
#include "base/time.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

// Expected is what the caller asked the enclave for. Where a context is given, the evidence must carry exactly it.
struct Expected {
  attestation::Purpose purpose = attestation::Purpose::client;
  attestation::Nonce nonce{};
  std::optional<attestation::Context> context = {};
};

// AttestationResult is what accepted evidence says, in the same words for each platform.
struct AttestationResult {
  std::string platform;   // "nitro"
  std::string root_name;  // as the policy names it
  Digest root{};
  bool development = false;  // under a test root: no hardware protects anything
  std::string version;       // the policy's name of the measurement
  std::string module_id;
  attestation::Pcrs measurements;
  std::vector<ModelReference> models;  // as the policy names them; empty where unchecked
  std::optional<Digest> configuration = {};
  std::optional<attestation::Purpose> purpose = {};  // what stands from here is there under profile `glovebox` alone
  attestation::KeySet keys = {};
  std::optional<attestation::Binding> binding = {};
  std::optional<crypto::KemPublic> hpke = {};
  std::optional<crypto::VerifyKey> receipt = {};  // purpose `client`
  Time time;                                      // of the document
  Digest policy{};
  std::vector<std::string> unchecked;  // what was not checked: "models", "configuration", "binding", ...
};

// appraise needs a policy of profile `glovebox` (policy_invalid).
Result<AttestationResult> appraise(const attestation::Evidence& evidence, const Expected& expected,
                                   const EvidencePolicy& policy, Time now);

// appraise_document is for foreign documents (`glovebox attest verify`), under either profile: what a bare Nitro
// document can show. The binding is never checked; the nonce where one is given.
Result<AttestationResult> appraise_document(View nitro_document, const EvidencePolicy& policy, Time now,
                                            std::optional<View> nonce = {});

}  // namespace glovebox::verifier
