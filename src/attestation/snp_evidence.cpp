#include "attestation/snp_evidence.h"

#include "base/cbor.h"
#include "base/reader.h"
#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
constexpr std::size_t entry_size = 24;
using Guid = Array<16>;

struct Named {
  SnpEntry kind;
  Guid guid;  // as text writes it, from left to right
};
constexpr std::array<Named, 4> guids = {{
    {SnpEntry::vcek, {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd}},
    {SnpEntry::vlek, {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1}},
    {SnpEntry::ask, {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82}},
    {SnpEntry::ark, {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae}},
}};

// mixed is the other order: the first three groups little-endian.
Guid mixed(Guid g) {
  std::swap(g[0], g[3]);
  std::swap(g[1], g[2]);
  std::swap(g[4], g[5]);
  std::swap(g[6], g[7]);
  return g;
}

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}
}  // namespace

SnpEntry SnpTableEntry::kind() const {
  for (const Named& named : guids)
    if (guid == named.guid || guid == mixed(named.guid)) return named.kind;
  return SnpEntry::other;
}

SnpTableEntry SnpTableEntry::of(SnpEntry kind, View der) {
  SnpTableEntry out{.guid = {}, .bytes = to_bytes(der)};
  for (const Named& named : guids)
    if (named.kind == kind) out.guid = named.guid;
  return out;
}

Bytes SnpTable::encode() const {
  Writer out;
  std::size_t offset = (entries.size() + 1) * entry_size;
  for (const SnpTableEntry& entry : entries) {
    out.bytes(entry.guid).u32le(static_cast<std::uint32_t>(offset));
    out.u32le(static_cast<std::uint32_t>(entry.bytes.size()));
    offset += entry.bytes.size();
  }
  out.zeros(entry_size);
  for (const SnpTableEntry& entry : entries) out.bytes(entry.bytes);
  out.zeros(padding);
  return out.take();
}

Result<SnpTable> SnpTable::parse(View table) {
  if (table.size() > snp_table_size_max)
    return malformed("a table of " + std::to_string(table.size()) + " bytes", "at most 65536");
  const auto cut = [&] {
    return fail(Reject::truncated, std::to_string(table.size()) + " bytes of a certificate table", "the whole of it");
  };
  SnpTable out;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  Reader in(table);
  for (bool more = true; more;) {
    if (in.left() < entry_size) return cut();
    SnpTableEntry entry{.guid = in.array<16>(), .bytes = {}};
    const std::size_t offset = in.u32le();
    const std::size_t size = in.u32le();
    more = entry.guid != Guid{} || offset != 0 || size != 0;
    if (!more) break;
    if (entry.guid == Guid{}) return malformed("a table's entry without a GUID");
    if (out.entries.size() == snp_certificates_max) return malformed("more than 16 entries in a certificate table");
    out.entries.push_back(std::move(entry));
    places.emplace_back(offset, size);
  }
  if (out.entries.empty()) return malformed("a certificate table of nothing", "at least one entry");
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t here = table.size() - in.left();
    if (places[i].first != here || places[i].second == 0)
      return malformed(
          "an entry at " + std::to_string(places[i].first) + " of " + std::to_string(places[i].second) + " bytes",
          "one at " + std::to_string(here) + ", directly after what is before it");
    if (places[i].second > in.left()) return cut();
    out.entries[i].bytes = to_bytes(in.bytes(places[i].second));
  }
  out.padding = in.left();
  in.zeros(out.padding);
  if (!in.ok()) return malformed("bytes after the certificate table", "zeros, if any");
  return out;
}

Digest snp_inputs(const Digest& configuration, std::span<const Digest> models) {
  std::vector<Digest> sorted(models.begin(), models.end());
  std::ranges::sort(sorted);
  cbor::Writer out;
  out.document("glovebox host data v1", 3).bstr(configuration).array(sorted.size());
  for (const Digest& model : sorted) out.bstr(model);
  return crypto::sha256(out.view());
}

Bytes SnpEvidence::encode() const {
  return table ? concat({report.encode(), table->encode()}) : report.encode();
}

Result<SnpEvidence> SnpEvidence::parse(View document) {
  GLOVEBOX_TRY(report, SnpReport::parse(document.first(std::min(document.size(), snp_report_size))));
  SnpEvidence out{.report = report};
  if (document.size() == snp_report_size) return out;
  const View rest = document.subspan(snp_report_size);
  // A byte or two behind a bare report are no table that was cut short.
  if (std::ranges::all_of(rest, [](std::uint8_t b) { return b == 0; }))
    return malformed(std::to_string(rest.size()) + " zeros after the report", "the end, or a certificate table");
  GLOVEBOX_TRY(table, SnpTable::parse(rest));
  out.table = std::move(table);
  return out;
}

}  // namespace glovebox::attestation
