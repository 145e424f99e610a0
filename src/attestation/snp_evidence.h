// snp_evidence.h: a report of AMD SEV-SNP with the certificates that its host hands out beside it: the report, and
// directly behind it the table of the Guest-Hypervisor Communication Block (56421, section 4.1.8.1, "Extended Guest
// Request"), as Linux has them in `outblob` and `auxblob`. A bare report is evidence too. Form only.
#pragma once
#include "attestation/snp_report.h"

namespace glovebox::attestation {

constexpr std::size_t snp_certificates_max = 16;
constexpr std::size_t snp_table_size_max = 65536;

// What a table's entry is, by its GUID. The GUID is kept as it came: programs write it in either of two byte orders.
enum class SnpEntry { vcek, vlek, ask, ark, other };
struct SnpTableEntry {
  Array<16> guid{};
  Bytes bytes;  // DER for the four that are certificates

  SnpEntry kind() const;
  static SnpTableEntry of(SnpEntry kind, View der);  // kind is one of the four
  bool operator==(const SnpTableEntry&) const = default;
};

// SnpTable has its entries' bytes in their order, one directly after the other, and after them only zeros.
struct SnpTable {
  std::vector<SnpTableEntry> entries;
  std::size_t padding = 0;
  bool operator==(const SnpTable&) const = default;

  Bytes encode() const;
  static Result<SnpTable> parse(View table);  // truncated, evidence_malformed
};

// snp_inputs is the host data that a guest of ours is started with: what Nitro's registers 16 and 17 are there. The
// order in which models are given does not matter.
Digest snp_inputs(const Digest& configuration, std::span<const Digest> models);

struct SnpEvidence {
  SnpReport report;
  std::optional<SnpTable> table = {};
  bool operator==(const SnpEvidence&) const = default;

  Bytes encode() const;
  static Result<SnpEvidence> parse(View document);  // as SnpReport::parse and SnpTable::parse
};

}  // namespace glovebox::attestation
