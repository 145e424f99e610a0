#include "attestation/hcl_report.h"
#include "attestation/td_local_report.h"
#include "support.h"

namespace glovebox::attestation {
namespace {
TpmQuote good() {
  TpmQuote q;
  q.attest.signer = Bytes(34, 1);
  q.attest.extra_data = Bytes(32, 2);
  q.attest.safe = true;
  q.attest.selected = 0x800011;
  for (const std::uint8_t index : std::initializer_list<std::uint8_t>{0, 4, 23})
    q.registers.emplace(index, Digest{index});
  q.attest.digest = q.registers_digest();
  q.attest_bytes = q.attest.encode();
  q.signature.value = Bytes(256, 3);
  return q;
}

TEST(TpmQuote, SurvivesItsForm) {
  TpmQuote q = good();
  EXPECT_EQ(TpmQuote::parse(q.encode()).value(), q);
  q.signature = {.rsa = false, .value = Bytes(64, 4)};
  EXPECT_EQ(TpmQuote::parse(q.encode()).value(), q);
  q.attest.select_size = 4;
  q.attest_bytes = q.attest.encode();
  EXPECT_EQ(TpmQuote::parse(q.encode()).value(), q);
}

// Whatever one bit becomes, what parses has it, and writes it back.
TEST(TpmQuote, EveryBitIsReadOrRefused) {
  const TpmQuote whole = good();
  const Bytes bytes = whole.encode();
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes changed = bytes;
    changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
    const auto parsed = TpmQuote::parse(changed);
    if (!parsed) continue;
    EXPECT_FALSE(*parsed == whole) << i;
    EXPECT_EQ(parsed->encode(), changed) << i;
    EXPECT_EQ(parsed->attest.encode(), parsed->attest_bytes) << i;
  }
}

TEST(TpmQuote, EveryShorterPrefixIsTruncated) {
  const Bytes bytes = good().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(test::reason_of(TpmQuote::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(TpmQuote::parse(concat({bytes, Bytes{0}}))), "evidence_malformed");
  const Bytes attest = good().attest_bytes;
  for (std::size_t size = 0; size < attest.size(); ++size)
    ASSERT_EQ(test::reason_of(TpmAttest::parse(View(attest).first(size))), "truncated") << size;
}

HclReport report() {
  return {.version = 2, .report = Bytes(snp_report_size, 5), .runtime = R"({"keys":[]})", .padding = 9};
}

TEST(HclReport, SurvivesItsFormAndHasOneSpelling) {
  const HclReport whole = report();
  const Bytes bytes = whole.encode();
  EXPECT_EQ(HclReport::parse(bytes).value(), whole);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes changed = bytes;
    changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
    if (const auto parsed = HclReport::parse(changed)) {
      EXPECT_EQ(parsed->encode(), changed) << i;
    }
  }
  for (std::size_t size = 0; size < bytes.size() - whole.padding; ++size)
    ASSERT_EQ(test::reason_of(HclReport::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(HclReport::parse(concat({bytes, Bytes{1}}))), "evidence_malformed");
}

TEST(HclRuntime, NamesOneKey) {
  const auto reason = [](std::string_view json) { return test::reason_of(HclRuntime::parse(json)); };
  const std::string n = to_base64url(Bytes(256, 0xff));
  const std::string key = R"({"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":")" + n + R"("})";
  const auto good =
      HclRuntime::parse(R"({"keys":[)" + key + R"(],"vm-configuration":{"vmUniqueId":"A","secure-boot":false}})");
  ASSERT_TRUE(good) << describe(good.error());
  EXPECT_EQ(good->machine, "A");
  EXPECT_EQ(good->secure_boot, std::optional(false));
  EXPECT_EQ(reason(R"({"keys":[)" + key + "," + key + "]}"), "evidence_malformed");
  EXPECT_EQ(reason(R"({"keys":[)" + key + R"(],"keys":[)" + key + "]}"), "evidence_malformed");
  for (const char* json :
       {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[1]}", "{\"keys\":[{\"kid\":\"HCLAkPub\"}]}", "{"})
    EXPECT_EQ(reason(json), "evidence_malformed") << json;
  EXPECT_EQ(reason(std::string(9000, ' ')), "evidence_malformed");
  EXPECT_EQ(reason(std::string(4000, '[')), "evidence_malformed");
}

TdLocalReport local() {
  TdLocalReport out;
  out.version = 1;
  out.cpu_svn.fill(1);
  out.mac.fill(2);
  out.valid.fill(3);
  out.body.mr_td.fill(4);
  out.body.rtmr[2].fill(5);
  out.body.report_data.fill(6);
  out.body.td_attributes = 7;
  out.body.xfam = 8;
  out.body.later = TdReport::Later{};
  out.body.later->tee_tcb_svn2.fill(9);
  out.body.later->mr_service_td.fill(10);
  return out;
}

// What one bit changes is read, or refused; of what its digests cover, refused.
TEST(TdLocalReport, SurvivesItsFormAndHasOneSpelling) {
  const TdLocalReport whole = local();
  const Bytes bytes = whole.encode();
  ASSERT_EQ(bytes.size(), td_local_report_size);
  EXPECT_EQ(TdLocalReport::parse(bytes).value(), whole);
  EXPECT_EQ(TdLocalReport::parse(concat({bytes, Bytes(160)})).value(), whole);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes changed = bytes;
    changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
    const auto parsed = TdLocalReport::parse(changed);
    EXPECT_TRUE(i / 8 < 256 || !parsed) << i;
    if (parsed) {
      EXPECT_FALSE(*parsed == whole) << i;
      EXPECT_EQ(parsed->encode(), changed) << i;
    }
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(test::reason_of(TdLocalReport::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(TdLocalReport::parse(concat({bytes, Bytes{1}}))), "evidence_malformed");
  TdLocalReport older = whole;
  older.version = 0;
  EXPECT_EQ(test::reason_of(TdLocalReport::parse(older.encode())), "evidence_malformed");
  older.body.later->mr_service_td = {};
  EXPECT_EQ(TdLocalReport::parse(older.encode()).value(), older);
}

TEST(AzureEvidence, OverTdxSurvivesItsForm) {
  AzureEvidence whole{.hcl = report(), .td_quote = Bytes(700, 8), .quote = good()};
  EXPECT_EQ(test::reason_of(whole.hardware_quote()), "evidence_malformed");
  whole.hcl.hardware = HclHardware::tdx;
  const Bytes bytes = whole.encode();
  const auto parsed = AzureEvidence::parse(bytes);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->encode(), bytes);
  EXPECT_EQ(parsed->td_quote, whole.td_quote);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(test::reason_of(AzureEvidence::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(AzureEvidence::parse(concat({bytes, Bytes{0}}))), "evidence_malformed");
  // A report of one hardware in the document of the other.
  Bytes other = bytes;
  const Bytes hcl = whole.hcl.encode();
  const auto at = std::ranges::search(other, hcl).begin();
  const auto offset = static_cast<std::size_t>(at - other.begin()) + 32 + snp_report_size + 8;
  ASSERT_EQ(other[offset], 4);
  other[offset] = 2;
  EXPECT_EQ(test::reason_of(AzureEvidence::parse(other)), "platform_unknown");
}

TEST(AzureEvidence, SurvivesItsForm) {
  const AzureEvidence whole{.hcl = report(), .certificates = {Bytes(10, 6), Bytes(3, 7)}, .quote = good()};
  const Bytes bytes = whole.encode();
  const auto parsed = AzureEvidence::parse(bytes);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->encode(), bytes);
  EXPECT_EQ(parsed->hcl, whole.hcl);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(test::reason_of(AzureEvidence::parse(View(bytes).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(AzureEvidence::parse(concat({bytes, Bytes{0}}))), "evidence_malformed");
}
}  // namespace
}  // namespace glovebox::attestation
