// appraise.h: whether evidence is what a policy accepts: a pure function of evidence, nonce, policy and time, in the
// order of docs/spec/evidence.md, "Appraisal". A returned AttestationResult means accepted; there is no flag inside.
// What is the platform's own stands in nitro_appraise.cpp, snp_appraise.cpp and quote_appraise.cpp.
#pragma once
#include "attestation/evidence.h"
#include "attestation/nitro_document.h"
#include "attestation/platform.h"
#include "base/time.h"
#include "verifier/collateral.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

// Expected is what the caller asked the enclave for. Where a context is given, the evidence must carry exactly it.
struct Expected {
  attestation::Purpose purpose = attestation::Purpose::client;
  attestation::Nonce nonce{};
  std::optional<attestation::Context> context = {};
};

// Measured is one value that the platform measured, by its own name in lower case: "pcr0".
struct Measured {
  std::string name;
  Bytes value;
  bool operator==(const Measured&) const = default;
};
// Fact is what only this platform says, in its own words: for people, and for who asks by name.
struct Fact {
  std::string name;
  std::string value;
  bool operator==(const Fact&) const = default;
};

// AttestationResult is what accepted evidence says, in the same words for each platform.
struct AttestationResult {
  std::string platform;   // as policies name it
  std::string root_name;  // as the policy names it
  Digest root{};
  bool development = false;            // under a test root: no hardware protects anything
  std::string version;                 // the policy's name of the measurement
  std::string instance;                // which one: Nitro's module, SEV-SNP's chip, Intel's platform
  std::vector<Measured> measurements;  // the first is the image's own
  std::vector<Fact> facts = {};
  std::vector<ModelReference> models;  // as the policy names them; empty where unchecked
  std::optional<Digest> configuration = {};
  std::optional<attestation::Purpose> purpose = {};  // what stands from here is there under profile `glovebox` alone
  attestation::KeySet keys = {};
  std::optional<attestation::Binding> binding = {};
  std::optional<crypto::KemPublic> hpke = {};
  std::optional<crypto::VerifyKey> receipt = {};  // purpose `client`
  Time time;                                      // of the document; SEV-SNP's have none: of the appraisal
  Digest policy{};
  std::vector<std::string> unchecked;  // what was not checked: "models", "configuration", "binding", ...
};

// appraise needs a policy of profile `glovebox` (policy_invalid). What a platform needs beside its evidence is in
// `collateral`; Nitro needs nothing. With a memory, which the caller owns, signatures of certificates and lists that
// held before are not computed again; what it returns is the same in every case.
Result<AttestationResult> appraise(const attestation::Evidence& evidence, const Expected& expected,
                                   const EvidencePolicy& policy, Time now, const Collateral& collateral = {},
                                   crypto::ChainMemory* memory = nullptr);

// platform_of_file is as whose evidence a bare file is appraised: by its first bytes, and where these do not tell, as
// that of the one platform that the policy speaks of. unsupported, evidence_malformed.
Result<attestation::Platform> platform_of_file(View file, const EvidencePolicy& policy);

// appraise_document is for foreign documents (`glovebox attest verify`), under either profile: what a platform's bare
// document can show. The binding is never checked; the nonce where one is given. truncated for a document cut short.
Result<AttestationResult> appraise_document(View document, const EvidencePolicy& policy, Time now,
                                            std::optional<View> nonce = {},
                                            attestation::Platform platform = attestation::Platform::nitro,
                                            const Collateral& collateral = {}, crypto::ChainMemory* memory = nullptr);

}  // namespace glovebox::verifier
