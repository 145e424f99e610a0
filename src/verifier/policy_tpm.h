// policy_tpm.h: the part of a policy that is a TPM's own (docs/spec/policy.md, tables [evidence.tpm],
// [evidence.azure-snp-vtpm] and [evidence.azure-tdx-vtpm]): whose keys count, and what the registers must hold.
#pragma once
#include "attestation/tpm_quote.h"
#include "verifier/enrolled_key.h"

namespace glovebox::verifier {

constexpr std::size_t tpm_versions_max = 64;

struct TpmVersion {
  std::string version;
  attestation::TpmRegisters registers;  // those that must be quoted with these values; others may be anything
  bool operator==(const TpmVersion&) const = default;
};

struct TpmRules {
  std::vector<EnrolledKey> keys;  // of a plain TPM alone; Azure's is vouched for by the hardware below it
  std::vector<TpmVersion> versions;
  bool operator==(const TpmRules&) const = default;

  // check: policy_empty, policy_invalid, mixed_roots. `enrolled`: whether the platform's keys stand here.
  Status check(bool enrolled, std::string_view where) const;
  void write(cbor::Writer& out) const;
  static TpmRules read(cbor::Reader& in);

  const TpmVersion* version_of(const attestation::TpmRegisters& quoted) const;
};

}  // namespace glovebox::verifier
