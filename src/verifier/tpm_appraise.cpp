// The appraisal of a plain TPM's quote, held against a policy. It shows that a key which somebody enrolled has signed
// these registers; what holds the key, and what runs above the registers, nothing in it shows.
#include "verifier/platform_appraise.h"
#include "verifier/tpm_verify.h"

namespace glovebox::verifier {

Result<AttestationResult> appraise_tpm(View bytes, const EvidencePolicy& policy, Time now, const Wanted& wanted) {
  GLOVEBOX_TRY(quote, attestation::TpmQuote::parse(bytes));  // 1
  const TpmRules& rules = *policy.tpm;
  GLOVEBOX_TRY(key, verify_tpm(quote, rules));                       // 2, 3
  GLOVEBOX_CHECK(check_extra_data(quote, wanted.nonce));             // 5
  GLOVEBOX_TRY(version, check_tpm_version(quote.registers, rules));  // 8
  AttestationResult out{.platform = "tpm",
                        .root_name = key->name,
                        .root = key->digest(),
                        .development = key->test,
                        .version = version->version,
                        .instance = "enrolled key " + to_hex(key->digest()),
                        .measurements = {},
                        .models = policy.models,
                        .time = now,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const auto& [index, value] : quote.registers)
    out.measurements.push_back({"pcr" + std::to_string(index), to_bytes(value)});
  out.facts = {{"vouched for by", "an enrolled key only"},
               {"firmware", std::to_string(quote.attest.firmware)},
               {"resets", std::to_string(quote.attest.resets)},
               {"restarts", std::to_string(quote.attest.restarts)},
               {"extra data", to_hex(quote.attest.extra_data)}};
  for (const char* what : {"maker", "memory"}) out.unchecked.emplace_back(what);
  if (!wanted.nonce) out.unchecked.emplace_back("time");
  return out;
}

}  // namespace glovebox::verifier
