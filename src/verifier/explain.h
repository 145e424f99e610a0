// explain.h: an appraisal in words for a person, and as claims for a program.
#pragma once
#include "attestation/arm_tokens.h"
#include "attestation/hcl_report.h"
#include "attestation/platform.h"
#include "attestation/quote.h"
#include "attestation/snp_evidence.h"
#include "attestation/td_local_report.h"
#include "verifier/appraise.h"

namespace glovebox::verifier {

// The steps of an appraisal, in their order.
enum class Step { policy, form, certificates, signature, freshness, binding, profile, debug, platform, registers, kem };
std::string_view name(Step step);
// step_of says in which step a rejection arises.
Step step_of(Reject reason);

// StepMark is how a step of one appraisal ended, in the order of the steps.
enum class Mark { passed, failed, unchecked, not_looked_at };
std::string_view name(Mark mark);
struct StepMark {
  Step step;
  Mark mark;
};
std::vector<StepMark> steps_of(const Result<AttestationResult>& outcome);

// advice says what a person can do about a rejection; empty where its own hint is all there is to say.
std::string_view advice(Reject reason);

// explain lists each step, which one failed, found and expected side by side, and what was not looked at for that.
std::string explain(const Error& refused);
std::string explain(const AttestationResult& accepted);

// describe prints a document for a person (`glovebox attest show`). Nothing in it is verified, and it says so.
std::string describe(const attestation::NitroDocument& document);
std::string describe(const attestation::SnpEvidence& evidence);
std::string describe(const attestation::PsaToken& token);
std::string describe(const attestation::CcaToken& token);
std::string describe(const attestation::TpmAttest& attest);
std::string describe(const attestation::HclReport& report);
std::string describe(const attestation::TdLocalReport& report);
std::string describe(const attestation::Quote& quote);
std::string describe(const attestation::Evidence& evidence);

// Overview is what can be said of a file without a policy: what it looks like, whether its form is good, what it
// claims, and what nobody has checked. `error` where its form is not good, or where we do not appraise its kind
// (unsupported).
struct Overview {
  attestation::Kind kind = attestation::Kind::unknown;
  std::string text;  // for a person
  Status form;
};
Overview overview(View file);

}  // namespace glovebox::verifier
