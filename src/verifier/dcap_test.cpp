// Intel's documents and the standing of a platform, apart from quotes; evidence_test has the rest.
#include "verifier/dcap_tcb.h"

#include "support.h"

namespace glovebox::verifier {
namespace {
using attestation::PckExtension;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;

Standing standing(TcbStatus status, std::initializer_list<const char*> advisories = {}) {
  Standing out{.status = status, .date = Time::from_seconds(1000), .advisories = {}};
  for (const char* one : advisories) out.advisories.emplace_back(one);
  return out;
}
QuotingIdentity quoting(TcbStatus status) {
  QuotingIdentity out;
  out.evaluation = 3;
  out.levels = {{.isv_svn = 4, .standing = standing(status, {"Q"})}};
  return out;
}
TcbInfo info(TcbStatus status, TcbStatus module) {
  TcbInfo out;
  out.tee = Tee::tdx;
  out.evaluation = 5;
  out.modules = {{.id = "TDX_01",
                  .levels = {{.isv_svn = 6, .standing = standing(TcbStatus::up_to_date)},
                             {.isv_svn = 2, .standing = standing(module, {"M"})}}}};
  out.levels = {{.sgx = {2}, .pce_svn = 11, .tdx = {9, 9, 3}, .standing = standing(status, {"P", "M"})}};
  return out;
}
Quote guest(std::uint8_t module_version, std::uint8_t now) {
  Quote out;
  TdReport td;
  td.tee_tcb_svn = {module_version, 1, 3};
  td.later = TdReport::Later{.tee_tcb_svn2 = {now, 1, 3}};
  out.body = td;
  out.quoting.isv_svn = 4;
  return out;
}
PckExtension platform() {
  PckExtension out;
  out.components = {2};
  out.pce_svn = 11;
  return out;
}
std::string status_of(TcbStatus platform_status, TcbStatus module, TcbStatus quoting_status, std::uint8_t version = 2,
                      std::uint8_t now = 2) {
  const auto result =
      standing_of(info(platform_status, module), quoting(quoting_status), platform(), guest(version, now));
  return result ? std::string(name(result->status)) : std::string(glovebox::name(result.error().reason));
}

TEST(TcbStanding, PartsMakeItWorseAndNeverBetter) {
  using enum TcbStatus;
  EXPECT_EQ(status_of(up_to_date, up_to_date, up_to_date), "UpToDate");
  EXPECT_EQ(status_of(up_to_date, out_of_date, up_to_date), "OutOfDate");
  EXPECT_EQ(status_of(sw_hardening_needed, out_of_date, up_to_date), "OutOfDate");
  EXPECT_EQ(status_of(configuration_needed, out_of_date, up_to_date), "OutOfDateConfigurationNeeded");
  EXPECT_EQ(status_of(configuration_and_sw_hardening_needed, up_to_date, out_of_date), "OutOfDateConfigurationNeeded");
  EXPECT_EQ(status_of(up_to_date, up_to_date, out_of_date), "OutOfDate");
  EXPECT_EQ(status_of(up_to_date, revoked, up_to_date), "Revoked");
  EXPECT_EQ(status_of(up_to_date, up_to_date, revoked), "Revoked");
  EXPECT_EQ(status_of(revoked, up_to_date, up_to_date), "Revoked");
  EXPECT_EQ(status_of(up_to_date, up_to_date, sw_hardening_needed), "OutOfDate");  // no word for a part
  EXPECT_EQ(status_of(up_to_date, up_to_date, up_to_date, 1), "tcb_outdated");     // below every level
}

TEST(TcbStanding, RelaunchIsAdvisedWhereItWouldHelp) {
  using enum TcbStatus;
  EXPECT_EQ(status_of(up_to_date, out_of_date, up_to_date, 2, 6), "TDRelaunchAdvised");
  EXPECT_EQ(status_of(configuration_needed, out_of_date, up_to_date, 2, 6), "TDRelaunchAdvisedConfigurationNeeded");
  EXPECT_EQ(status_of(up_to_date, out_of_date, up_to_date, 2, 5), "OutOfDate");
  EXPECT_EQ(status_of(out_of_date, out_of_date, up_to_date, 2, 6), "OutOfDate");
  EXPECT_EQ(status_of(up_to_date, out_of_date, out_of_date, 2, 6), "OutOfDate");
}

TEST(TcbStanding, AdvisoriesAreOfAllPartsAndTheSmallerNumberCounts) {
  const auto result = standing_of(info(TcbStatus::up_to_date, TcbStatus::out_of_date), quoting(TcbStatus::up_to_date),
                                  platform(), guest(2, 2));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->advisories, (std::vector<std::string>{"M", "P", "Q"}));
  EXPECT_EQ(result->evaluation, 3U);
}

TEST(DcapDocument, IsReadAsItsServiceAnswers) {
  const std::string identity =
      R"({"id":"QE","version":2,"issueDate":"2026-01-01T00:00:00Z","nextUpdate":"2026-02-01T00:00:00Z",)"
      R"("tcbEvaluationDataNumber":17,"miscselect":"00000000","miscselectMask":"FFFFFFFF",)"
      R"("attributes":"11000000000000000000000000000000","attributesMask":"FBFFFFFFFFFFFFFF0000000000000000",)"
      R"("mrsigner":"8C4F5775D796503E96137F77C68A829A0056AC8DED70140B081B094490C57BFF","isvprodid":1,)"
      R"("tcbLevels":[{"tcb":{"isvsvn":8},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"UpToDate"}]})";
  const auto answer = [](const std::string& text) {
    return "{\"enclaveIdentity\":" + text + ",\"signature\":\"" + std::string(128, 'a') + "\"}";
  };
  const auto reason = [](const std::string& text) { return test::reason_of(DcapDocument::parse(view_of(text))); };
  const std::string whole = answer(identity);
  const auto read = DcapDocument::parse(view_of(whole + "\n"));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->encode(), to_bytes(view_of(whole)));
  EXPECT_EQ(text_of(read->signed_bytes), identity);
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = identity;
    text.replace(text.find(from), from.size(), to);
    return reason(answer(text));
  };
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(test::reason_of(DcapDocument::parse(view_of(whole.substr(0, size)))), "collateral_invalid") << size;
  EXPECT_EQ(reason(whole + "x"), "collateral_invalid");
  EXPECT_EQ(reason(" " + whole), "collateral_invalid");
  EXPECT_EQ(changed("\"QE\"", "\"QVE\""), "collateral_invalid");
  EXPECT_EQ(changed("\"version\":2", "\"version\":3"), "collateral_invalid");
  EXPECT_EQ(changed("\"isvprodid\":1", "\"isvprodid\":65536"), "collateral_invalid");
  EXPECT_EQ(changed("\"isvprodid\":1", "\"isvprodid\":-1"), "collateral_invalid");
  EXPECT_EQ(changed("\"isvprodid\":1", "\"isvprodid\":1.5"), "collateral_invalid");
  EXPECT_EQ(changed("\"isvprodid\":1", "\"isvprodid\":[[[[[[[[[[1]]]]]]]]]]"), "collateral_invalid");
  EXPECT_EQ(changed("UpToDate", "Splendid"), "collateral_invalid");
  EXPECT_EQ(changed("2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z"), "collateral_invalid");
  EXPECT_EQ(changed("2026-01-01T00:00:00Z", "1767225600"), "collateral_invalid");
  EXPECT_EQ(changed("00000000\",\"miscselectMask", "0000\",\"miscselectMask"), "collateral_invalid");
}
}  // namespace
}  // namespace glovebox::verifier
