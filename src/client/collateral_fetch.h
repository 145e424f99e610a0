// collateral_fetch.h: asks a platform's maker for what an appraisal needs beside the evidence. It is the client that
// asks, never the verifier; what comes back is untrusted until an appraisal finds that a pinned root leads to it.
// Asking tells the maker, and who watches the line, which chip's evidence somebody looks at.
#pragma once
#include <chrono>

#include "attestation/quote.h"
#include "attestation/snp_evidence.h"
#include "verifier/collateral.h"

namespace glovebox::client {

struct Maker {
  std::string from = {};     // an address to ask instead of the maker's: a mirror, with the same paths behind it
  std::string ca_file = {};  // authorities for https; the machine's otherwise
  std::chrono::seconds timeout{30};  // of one address
};

// collateral_addresses lists what AMD's Key Distribution Service has for a report: the chip's certificate where the
// evidence lacks it, the authorities, the revocation list. A report of version 2 does not say its product: usage,
// unless it is given. chip_unknown for a report that hides its chip and comes without its certificate.
Result<std::vector<std::string>> collateral_addresses(const attestation::SnpEvidence& evidence,
                                                      std::optional<attestation::SnpProduct> product = {});

// IntelPlatform is whom Intel's Provisioning Certification Service is asked about.
struct IntelPlatform {
  std::string fmspc;                             // 12 hex digits: family, model, stepping, platform, custom SKU
  std::string pck_ca;                            // "platform" or "processor": who issued the PCK certificate
  attestation::Tee tee = attestation::Tee::tdx;  // whose documents
};
// collateral_addresses lists TCB info, the quoting enclave's identity, the revocation lists of the PCK's issuer and of
// the root. usage for another form of FMSPC or issuer.
Result<std::vector<std::string>> collateral_addresses(const IntelPlatform& platform);

// collateral_addresses does so for the platform that a quote's own chain names. usage for a quote without its chain.
Result<std::vector<std::string>> collateral_addresses(const attestation::Quote& quote);

// Fetched is an answer: its body, and the certificate chains in PEM that Intel's service puts into headers named
// "...-Issuer-Chain".
struct Fetched {
  Bytes body;
  std::vector<Bytes> chains = {};
};
// fetch_file gets one address, at most verifier::collateral_size_max bytes. What is not there is collateral_missing; a
// maker that wants to be asked less often is busy; else as http::call.
Result<Fetched> fetch_file(const std::string& address, const Maker& maker = {});

}  // namespace glovebox::client
