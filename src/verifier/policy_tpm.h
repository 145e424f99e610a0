// policy_tpm.h: the part of a policy that is a TPM's own (docs/spec/policy.md, tables [evidence.tpm],
// [evidence.azure-snp-vtpm], [evidence.azure-tdx-vtpm] and [evidence.nitro-tpm]): whose keys count, and what the
// registers must hold.
#pragma once
#include "attestation/tpm_quote.h"
#include "verifier/enrolled_key.h"

namespace glovebox::verifier {

constexpr std::size_t tpm_versions_max = 64;

// Of N bytes: a TPM's registers of the SHA-256 bank have 32, those in a NitroTPM's document 48.
template <std::size_t N>
using RegistersOf = std::map<std::uint8_t, Array<N>>;

template <std::size_t N>
struct TpmVersionOf {
  std::string version;
  RegistersOf<N> registers;  // those that must be there with these values; others may be anything
  bool operator==(const TpmVersionOf&) const = default;
};

template <std::size_t N>
struct TpmRulesOf {
  std::vector<EnrolledKey> keys;  // of a plain TPM alone; something vouches for the others' keys
  std::vector<TpmVersionOf<N>> versions;
  bool operator==(const TpmRulesOf&) const = default;

  // check: policy_empty, policy_invalid, mixed_roots. `enrolled`: whether the platform's keys stand here.
  Status check(bool enrolled, std::string_view where) const;
  void write(cbor::Writer& out) const;
  static TpmRulesOf read(cbor::Reader& in);

  const TpmVersionOf<N>* version_of(const RegistersOf<N>& found) const;
};

using TpmVersion = TpmVersionOf<32>;
using TpmRules = TpmRulesOf<32>;
using NitroTpmVersion = TpmVersionOf<48>;
using NitroTpmRules = TpmRulesOf<48>;
extern template struct TpmRulesOf<32>;
extern template struct TpmRulesOf<48>;

}  // namespace glovebox::verifier
