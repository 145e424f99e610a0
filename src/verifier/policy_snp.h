// policy_snp.h: the part of a policy that is SEV-SNP's own (docs/spec/policy.md, table [evidence.sev-snp]). What is not
// checked must be written out, and stands in every result.
#pragma once
#include <string>

#include "attestation/snp_report.h"
#include "base/cbor.h"

namespace glovebox::verifier {

constexpr std::size_t snp_chips_max = 1024;
constexpr std::size_t snp_minima_max = 3;  // one for each product
constexpr std::uint8_t snp_vmpl_max = 3;

struct SnpMinimum {
  attestation::SnpProduct product = attestation::SnpProduct::milan;
  attestation::SnpTcb tcb;
  bool operator==(const SnpMinimum&) const = default;
};

// SnpProtection is something that a guest's policy or a platform's state may have and a person may require.
struct SnpProtection {
  std::string_view name;
  bool of_guest;  // a bit of the guest's policy, else of the platform's state
  unsigned bit;
  bool value;
};
// snp_protections is all of them, in alphabetical order.
std::span<const SnpProtection> snp_protections();

struct SnpRules {
  std::vector<std::string> signing_keys;  // of "vcek", "vlek"; sorted
  std::uint8_t maximum_vmpl = 0;
  std::vector<SnpMinimum> minima;      // ascending by product
  std::vector<Array<64>> chips;        // ascending
  std::vector<std::string> required;   // names of snp_protections, sorted
  std::vector<std::string> unchecked;  // of "chip", "revocation", "tcb"; sorted
  bool operator==(const SnpRules&) const = default;

  bool leaves(std::string_view what) const;  // whether `unchecked` names it
  const SnpMinimum* minimum(attestation::SnpProduct product) const;
  // check: each of tcb and chip is either ruled or written out as unchecked, and not both. policy_empty,
  // policy_invalid.
  Status check() const;
  void write(cbor::Writer& out) const;
  static SnpRules read(cbor::Reader& in);
};

}  // namespace glovebox::verifier
