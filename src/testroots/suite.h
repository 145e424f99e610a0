// suite.h: cases of evidence, each with what a verifier must say to it, made under test roots that are made with them:
// true to their platform's format and signed by nobody's hardware. For our tests, for tests/vectors/attestation, and
// for people who develop against us (`glovebox-testbed attest`). In no image.
#pragma once
#include <map>

#include "attestation/quote.h"
#include "base/bytes.h"
#include "base/time.h"

namespace glovebox::testroots {

// Case is one file of evidence and one question about it. Names begin with the platform: "nitro-debug-pcr0-zero".
struct Case {
  std::string name = {};
  std::string platform = {};  // as policies name it
  std::string why = {};       // what is special about it, in a sentence
  std::string expected = {};  // a word of base/reject.h, or "accepted"
  std::string clause = {};    // where that is said
  Bytes evidence = {};
  std::string policy = {};  // the name of one of the suite's policies
  Time at = {};
  Bytes nonce = {};                // what the verifier asked with; empty: it asks for none
  std::string purpose = "client";  // what the verifier asked for
  std::string collateral = {};     // the name of one of the suite's bundles; empty: none is given
};

// Words are what a case says of itself; its name is without the platform's before it.
struct Words {
  std::string name;
  std::string expected;
  std::string why;
  std::string clause;
};

struct Suite {
  std::map<std::string, std::string> policies;  // TOML, by name
  std::map<std::string, Bytes> collateral;      // bundles, by name
  std::vector<Case> cases;                      // in the order of their making

  // add appends a case with these words; `question` is the rest of it: evidence, policy, time and what goes with them.
  void add(const std::string& platform, Words words, Case question);
};

// make_suite makes every case anew, with new keys; `at` is the time that most of them are appraised at. With `prefix`
// only those of the platforms whose cases can begin so: SEV-SNP's keys take seconds.
Suite make_suite(Time at, std::string_view prefix = "");
// nitro_cases adds those of AWS Nitro Enclaves, nitro_tpm_cases those of NitroTPM.
void nitro_cases(Suite& suite, Time at);
void nitro_tpm_cases(Suite& suite, Time at);

// snp_cases adds those of AMD SEV-SNP.
void snp_cases(Suite& suite, Time at);

// psa_cases and cca_cases add those of Arm PSA and Arm CCA; each shows some to a policy of the other.
void psa_cases(Suite& suite, Time at);
void cca_cases(Suite& suite, Time at);

// tpm_cases adds those of plain TPMs, azure_cases and azure_tdx_cases those of Azure's virtual ones over SEV-SNP and
// TDX.
void tpm_cases(Suite& suite, Time at);
void azure_cases(Suite& suite, Time at);
void azure_tdx_cases(Suite& suite, Time at);

// intel_cases adds those of Intel's TDX or SGX.
void intel_cases(Suite& suite, Time at, attestation::Tee tee);

// manifest writes what stands beside a case's files, as JSON (tests/vectors/attestation/README.md).
std::string manifest(const Case& one);
// write_case writes FOLDER/NAME/{manifest.json,evidence.bin}; write_suite all cases, FOLDER/policies/NAME.toml
// and FOLDER/collateral/NAME.bin.
Status write_case(const std::string& folder, const Case& one);
Status write_suite(const std::string& folder, const Suite& suite);

}  // namespace glovebox::testroots
