// quote_verify.h: who signed a quote of Intel's: the attestation key, bound by the quoting enclave's report, which the
// platform's key (PCK) signed, certified by Intel's authority under the root that a policy pins; that nothing of it was
// revoked; and, by Intel's signed documents, that the quoting enclave is Intel's and how the platform stands. The
// second of three steps, for TDX and SGX alike.
#pragma once
#include "verifier/collateral.h"
#include "verifier/dcap_tcb.h"
#include "verifier/policy.h"

namespace glovebox::verifier {

// DcapDocuments is what Intel says of a platform beside its certificate, well signed and valid.
struct DcapDocuments {
  std::shared_ptr<const TcbInfo> info;
  std::shared_ptr<const QuotingIdentity> identity;
};

struct QuoteVerified {
  const Root* root = nullptr;
  attestation::PckExtension platform;
  std::optional<DcapDocuments> documents = {};  // nothing where the policy leaves tcb
};

// rules_for is the part of a policy that a quote is held against.
const IntelRules& rules_for(const EvidencePolicy& policy, attestation::Tee tee);

// verify_quote looks for certificates in the quote and in the collateral. `document` is what the quote was parsed from:
// its first bytes are what is verified. collateral_missing, collateral_invalid, collateral_expired, root_unknown,
// certificate_invalid, certificate_expired, certificate_revoked, evidence_signature_invalid, quoting_enclave_unknown.
Result<QuoteVerified> verify_quote(const attestation::Quote& quote, View document, const EvidencePolicy& policy,
                                   const Collateral& collateral, Time at, crypto::ChainMemory* memory = nullptr);

// check_quote holds a verified quote against what the policy says of its platform: debug_enclave, and the words of step
// 8 of docs/spec/evidence.md but for what an enclave of ours was started with; it returns the measurement that the
// quote is of, and how the platform stands unless the policy leaves that. The other two are what a result lists.
struct QuoteChecked {
  const Measurement* version = nullptr;
  std::optional<TcbStanding> standing = {};
};
Result<QuoteChecked> check_quote(const attestation::Quote& quote, const QuoteVerified& verified,
                                 const EvidencePolicy& policy);
struct Fact;
struct Measured;
std::vector<Measured> measured_of_quote(const attestation::Quote& quote);
std::vector<Fact> facts_of_quote(const attestation::Quote& quote, const attestation::PckExtension& platform,
                                 const std::optional<TcbStanding>& standing);

// Intel's Provisioning Certification Service (PCS API v4): where TCB info, the quoting enclave's identity and the
// revocation lists are found. Names alone: nobody here asks for them.
std::string pcs_tcb_url(attestation::Tee tee, const Array<6>& fmspc);
std::string pcs_identity_url(attestation::Tee tee);
std::string pcs_root_crl_url();
std::string pcs_crl_url(const std::string& authority);  // by its common name

}  // namespace glovebox::verifier
