// claims_json.h: what evidence says of itself, as one JSON object, "verified": false; and an appraisal's result as one.
#pragma once
#include <string>

#include "attestation/evidence.h"
#include "attestation/nitro_document.h"
#include "attestation/quote.h"
#include "attestation/snp_evidence.h"
#include "verifier/ear.h"
#include "verifier/explain.h"
#include "wire/info.h"

namespace glovebox::app {

std::string claims_json(const attestation::NitroDocument& document);
std::string claims_json(const attestation::SnpEvidence& evidence);
std::string claims_json(const attestation::PsaToken& token);
std::string claims_json(const attestation::CcaToken& token);
std::string claims_json(const attestation::TpmQuote& quote);
std::string claims_json(const attestation::AzureEvidence& evidence);
std::string claims_json(const attestation::Quote& quote);
std::string claims_json(const attestation::Evidence& evidence);
// With what the host says beside it (`glovebox info` without a policy).
std::string claims_json(const attestation::Evidence& evidence, const wire::Info& info);

// result_json is the appraisal's own claims (verifier::Ear) with the word that every object of ours begins with.
std::string result_json(const verifier::Ear& ear);

// explanation_json is what `attest explain` says: what the file looks like, each step and its outcome, and the claims.
std::string explanation_json(const verifier::Overview& overview, const std::optional<verifier::Ear>& ear);

}  // namespace glovebox::app
