// dcap_tcb.h: how a platform of Intel's stands: its certificate's and its quote's versions against the levels of TCB
// info and quoting identity (Intel PCS API v4, "Determining TCB level"; QVL's rules for TDX modules and relaunch).
#pragma once
#include "attestation/pck_extension.h"
#include "verifier/dcap_document.h"

namespace glovebox::verifier {

struct TcbStanding {
  TcbStatus status = TcbStatus::revoked;
  std::vector<std::string> advisories;  // of all levels that count; sorted, none twice
  Time date;                            // of the oldest of them
  std::uint32_t evaluation = 0;         // the smaller of the two documents'
};

// check_quoting holds the quoting enclave's report against its identity, but for its version. quoting_enclave_unknown.
Status check_quoting(const attestation::EnclaveReport& quoting, const QuotingIdentity& identity);
// check_quoting_built_in is what is left where no identity is asked for: Intel's signers of both enclaves, which have
// never changed, and no debug enclave.
Status check_quoting_built_in(const attestation::EnclaveReport& quoting, attestation::Tee tee);

// standing_of: module_unknown; tcb_outdated where the platform reaches no level at all.
Result<TcbStanding> standing_of(const TcbInfo& info, const QuotingIdentity& identity,
                                const attestation::PckExtension& platform, const attestation::Quote& quote);

}  // namespace glovebox::verifier
