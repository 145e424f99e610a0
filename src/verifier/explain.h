// explain.h: an appraisal in words for a person, and as claims for a program.
#pragma once
#include "verifier/appraise.h"

namespace glovebox::verifier {

// The steps of an appraisal, in their order.
enum class Step { policy, form, certificates, signature, freshness, binding, profile, debug, registers, kem };
std::string_view name(Step step);
// step_of says in which step a rejection arises.
Step step_of(Reject reason);

// explain lists each step, which one failed, found and expected side by side, and what was not looked at for that.
std::string explain(const Error& refused);
std::string explain(const AttestationResult& accepted);

// describe prints a document for a person (`glovebox attest show`). Nothing in it is verified, and it says so.
std::string describe(const attestation::NitroDocument& document);
std::string describe(const attestation::Evidence& evidence);

// to_json writes an attestation result as EAR claims (draft-ietf-rats-ear), unsigned: who signs is the caller's affair.
std::string to_json(const AttestationResult& accepted);

}  // namespace glovebox::verifier
