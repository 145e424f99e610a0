#include "attestation/snp_evidence.h"

#include "support.h"

namespace glovebox::attestation {
namespace {
SnpReport good() {
  SnpReport r;
  r.version = 3;
  r.policy = 0x30000;
  r.cpuid = {0x19, 0x01, 0x01};
  r.chip_id.fill(7);
  r.r.fill(0);
  r.r[0] = 1;
  r.s[47] = 2;
  return r;
}
std::string reason(const Bytes& bytes) {
  return test::reason_of(SnpEvidence::parse(bytes));
}

TEST(SnpReport, SurvivesItsForm) {
  const SnpReport r = good();
  const Bytes bytes = r.encode();
  EXPECT_EQ(bytes.size(), snp_report_size);
  EXPECT_EQ(SnpReport::parse(bytes).value(), r);
  for (std::uint32_t version = 2; version <= 5; ++version) {
    SnpReport other = r;
    other.version = version;
    if (version == 2) other.cpuid = {};
    if (version == 5) other.launch_mitigations = 3;
    EXPECT_EQ(SnpReport::parse(other.encode()).value(), other) << version;
  }
}

// Each byte is a field or must be zero: whatever one bit becomes, what parses has it, and writes it back.
TEST(SnpReport, EveryBitIsReadOrRefused) {
  const Bytes bytes = good().encode();
  const SnpReport whole = good();
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes changed = bytes;
    changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
    const auto parsed = SnpReport::parse(changed);
    if (!parsed) continue;
    EXPECT_FALSE(*parsed == whole) << i;
    EXPECT_EQ(parsed->encode(), changed) << i;
  }
}

TEST(SnpReport, FirmwareOfEachProduct) {
  const Array<8> raw = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(SnpTcb::of(raw, SnpProduct::milan),
            (SnpTcb{.fmc = 0, .bootloader = 1, .tee = 2, .snp = 7, .microcode = 8}));
  EXPECT_EQ(SnpTcb::of(raw, SnpProduct::turin),
            (SnpTcb{.fmc = 1, .bootloader = 2, .tee = 3, .snp = 4, .microcode = 8}));
  const SnpTcb tcb{.fmc = 0, .bootloader = 3, .tee = 0, .snp = 8, .microcode = 115};
  EXPECT_EQ(SnpTcb::of(tcb.raw(SnpProduct::genoa), SnpProduct::genoa), tcb);
  EXPECT_TRUE(tcb.covers(tcb));
  SnpTcb more = tcb;
  more.tee = 1;
  EXPECT_TRUE(more.covers(tcb));
  EXPECT_FALSE(tcb.covers(more));
  // Higher in one part does not make up for lower in another.
  more.snp = 7;
  EXPECT_FALSE(more.covers(tcb));
}

TEST(SnpReport, SignatureTurnsItsBytesRound) {
  const auto signature = good().signature().value();
  EXPECT_EQ(signature[47], 1);
  EXPECT_EQ(signature[48], 2);
  SnpReport longer = good();
  longer.s[48] = 1;
  EXPECT_EQ(test::reason_of(longer.signature()), "evidence_malformed");
}

TEST(SnpTable, SurvivesItsFormAndHasOneSpelling) {
  const SnpTable table{.entries = {SnpTableEntry::of(SnpEntry::vcek, Bytes(100, 1)),
                                   SnpTableEntry::of(SnpEntry::ark, Bytes(3, 2)),
                                   {.guid = Array<16>{9}, .bytes = Bytes(5, 0)}},
                       .padding = 4};
  const Bytes bytes = table.encode();
  EXPECT_EQ(SnpTable::parse(bytes).value(), table);
  EXPECT_EQ(table.entries[0].kind(), SnpEntry::vcek);
  EXPECT_EQ(table.entries[2].kind(), SnpEntry::other);
  const SnpEvidence evidence{good(), table};
  EXPECT_EQ(SnpEvidence::parse(evidence.encode()).value(), evidence);
  const auto changed = [&](std::size_t at, std::uint8_t to) {
    Bytes b = bytes;
    b[at] = to;
    return test::reason_of(SnpTable::parse(b));
  };
  EXPECT_EQ(changed(16, 0xff), "evidence_malformed");  // an offset that leaves a gap, or overlaps
  EXPECT_EQ(changed(22, 1), "truncated");              // 65,636 bytes that are not there
  EXPECT_EQ(changed(bytes.size() - 1, 1), "evidence_malformed");
  EXPECT_EQ(test::reason_of(SnpTable::parse(Bytes(24))), "evidence_malformed");
  for (std::size_t size = 0; size < bytes.size() - table.padding; ++size)
    EXPECT_EQ(test::reason_of(SnpTable::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(reason(concat({good().encode(), Bytes(24)})), "evidence_malformed");
}

TEST(SnpInputs, DoNotDependOnTheOrderOfModels) {
  const std::vector<Digest> models = {Digest{1}, Digest{2}};
  const std::vector<Digest> turned = {Digest{2}, Digest{1}};
  EXPECT_EQ(snp_inputs(Digest{3}, models), snp_inputs(Digest{3}, turned));
  EXPECT_NE(snp_inputs(Digest{3}, models), snp_inputs(Digest{4}, models));
  EXPECT_NE(snp_inputs(Digest{3}, models), snp_inputs(Digest{3}, std::span(models).first(1)));
}
}  // namespace
}  // namespace glovebox::attestation
