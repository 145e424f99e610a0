// Every real report of SEV-SNP that we have, against what another program (Python's cryptography) found in it.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "attestation/snp_evidence.h"
#include "crypto/x509.h"
#include "support.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"
#include "verifier/known_roots.h"

namespace glovebox::verifier {
namespace {
using attestation::Platform;
using attestation::SnpEvidence;
using attestation::SnpReport;
using Json = nlohmann::json;
constexpr std::int64_t day = 86400;

std::filesystem::path folder() {
  return test::shared() / "vectors/sev-snp";
}

struct Known {
  std::string file;
  Bytes bytes;
  Json expected;
  SnpReport report;

  Time time() const {
    return from_rfc3339(expected["ek_validity"][0].get<std::string>().substr(0, 19) + "Z").value().plus_seconds(day);
  }
  bool vlek() const { return expected["ek_cn"].get<std::string>().find("VLEK") != std::string::npos; }
  bool debug() const { return expected["policy_bits"]["debug"] == 1; }
};

// chains is every authority in the folder: which of them fits is the verifier's to find.
Collateral chains() {
  Collateral out;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    const std::string name = entry.path().filename().string();
    if (name.find("ask") == std::string::npos && name.find("ark") == std::string::npos &&
        name.find("asvk") == std::string::npos)
      continue;
    EXPECT_TRUE(out.add(test::read(entry.path()))) << name;
  }
  return out;
}

EvidencePolicy policy_for(const Known& known) {
  EvidencePolicy p;
  p.profile = Profile::none;
  p.platforms = {"sev-snp"};
  p.freshness_seconds = 300;
  SnpRules rules;
  rules.signing_keys = {known.vlek() ? "vlek" : "vcek"};
  rules.maximum_vmpl = static_cast<std::uint8_t>(known.report.vmpl);
  rules.unchecked = {"chip", "revocation", "tcb"};
  p.snp = rules;
  for (const KnownRoot& root : known_roots())
    if (root.platform == Platform::sev_snp) {
      p.roots.push_back({.name = std::string(root.name), .sha256 = root.sha256});
      p.measurements.push_back(
          {.version = "theirs", .root = root.sha256, .pcrs = {}, .launch = known.report.measurement});
    }
  return p;
}

class RealReports : public testing::Test {
 protected:
  void SetUp() override {
    GLOVEBOX_NEEDS(test::shared() / "vectors/EXPECTED.json");
    authorities_ = chains();
    const Json all = Json::parse(text_of(test::read(test::shared() / "vectors/EXPECTED.json")));
    for (const auto& [file, expected] : all.items()) {
      if (!file.starts_with("sev-snp/")) continue;
      Known known{
          .file = file, .bytes = test::read(test::shared() / "vectors" / file), .expected = expected, .report = {}};
      const auto report = SnpReport::parse(known.bytes);
      ASSERT_TRUE(report) << file << ": " << describe(report.error());
      known.report = *report;
      reports_.push_back(std::move(known));
    }
    ASSERT_GE(reports_.size(), 8U);
  }
  Collateral with_key(const Known& known) const {
    Collateral out = authorities_;
    EXPECT_TRUE(out.add(test::read(folder() / known.expected["endorsement_key"].get<std::string>())));
    return out;
  }
  std::string reason(View bytes, const Known& known, const EvidencePolicy& policy, const Collateral& collateral) const {
    return test::reason_of(appraise_document(bytes, policy, known.time(), {}, Platform::sev_snp, collateral));
  }
  std::vector<Known> reports_;
  Collateral authorities_;
};

TEST_F(RealReports, FieldsAreAsAnotherProgramReadThem) {
  for (const Known& known : reports_) {
    SCOPED_TRACE(known.file);
    const SnpReport& r = known.report;
    const Json& e = known.expected["fields"];
    const auto hex = [&](const char* field, View bytes) {
      EXPECT_EQ(e[field].get<std::string>(), to_hex(bytes)) << field;
    };
    const auto flags = [&](const char* field, std::uint64_t value) {
      EXPECT_EQ(std::stoull(e[field].get<std::string>(), nullptr, 16), value) << field;
    };
    EXPECT_EQ(e["version"], r.version);
    EXPECT_EQ(e["guest_svn"], r.guest_svn);
    EXPECT_EQ(e["vmpl"], r.vmpl);
    flags("policy", r.policy);
    flags("platform_info", r.platform_info);
    flags("flags", r.flags);
    hex("family_id", r.family_id);
    hex("image_id", r.image_id);
    hex("current_tcb", r.current_tcb);
    hex("report_data", r.report_data);
    hex("measurement", r.measurement);
    hex("host_data", r.host_data);
    hex("id_key_digest", r.id_key_digest);
    hex("author_key_digest", r.author_key_digest);
    hex("report_id", r.report_id);
    hex("reported_tcb", r.reported_tcb);
    hex("fms", r.cpuid);
    hex("chip_id", r.chip_id);
    hex("committed_tcb", r.committed_tcb);
    hex("cur_ver", r.current_build);
    hex("com_ver", r.committed_build);
    hex("launch_tcb", r.launch_tcb);
    EXPECT_EQ(r.encode(), known.bytes);
    EXPECT_EQ(r.debug(), known.debug());
  }
}

TEST_F(RealReports, AreAcceptedAtTheirTimeAndRefusedOutOfIt) {
  std::size_t passed = 0;
  for (const Known& known : reports_) {
    SCOPED_TRACE(known.file);
    const EvidencePolicy policy = policy_for(known);
    ASSERT_TRUE(policy.check()) << describe(policy.check().error());
    const Collateral collateral = with_key(known);
    const auto result = appraise_document(known.bytes, policy, known.time(), {}, Platform::sev_snp, collateral);
    EXPECT_EQ(test::reason_of(result), known.debug() ? "debug_enclave" : "accepted")
        << (result ? "" : describe(result.error()));
    if (result) {
      ++passed;
      EXPECT_EQ(result->version, "theirs");
      EXPECT_EQ(result->platform, "sev-snp");
      EXPECT_FALSE(result->development);
      for (const char* what : {"chip", "revocation", "tcb", "nonce", "time", "models"})
        EXPECT_TRUE(std::ranges::contains(result->unchecked, what)) << what;
      EXPECT_NE(explain(*result).find("unchecked: tcb"), std::string::npos);
      const View data(known.report.report_data);
      EXPECT_EQ(
          test::reason_of(appraise_document(known.bytes, policy, known.time(), data, Platform::sev_snp, collateral)),
          "accepted");
      Array<64> other = known.report.report_data;
      other[63] ^= 1;
      EXPECT_EQ(test::reason_of(
                    appraise_document(known.bytes, policy, known.time(), View(other), Platform::sev_snp, collateral)),
                "nonce_mismatch");
    }
    for (const std::int64_t shift : {-2 * day, 8 * 365 * day}) {
      EXPECT_EQ(test::reason_of(appraise_document(known.bytes, policy, known.time().plus_seconds(shift), {},
                                                  Platform::sev_snp, collateral)),
                "certificate_expired");
    }
    EXPECT_EQ(reason(known.bytes, known, policy, authorities_), "collateral_missing");  // no key of the chip
    EXPECT_EQ(reason(known.bytes, known, policy, {}), "collateral_missing");
  }
  EXPECT_GE(passed, 7U);
}

TEST_F(RealReports, RulesHoldAgainstThem) {
  for (const Known& known : reports_) {
    if (known.debug()) continue;
    SCOPED_TRACE(known.file);
    const Collateral collateral = with_key(known);
    const auto with = [&](auto&& change) {
      EvidencePolicy policy = policy_for(known);
      change(*policy.snp);
      EXPECT_TRUE(policy.check());
      return reason(known.bytes, known, policy, collateral);
    };
    const auto product = known.report.product().value_or(attestation::SnpProduct::milan);
    const auto tcb = attestation::SnpTcb::of(known.report.committed_tcb, product);
    const auto reported = attestation::SnpTcb::of(known.report.reported_tcb, product);
    auto least = reported.covers(tcb) ? tcb : reported;
    EXPECT_EQ(with([&](SnpRules& r) {
                r.unchecked = {"chip", "revocation"};
                r.minima = {{product, least}};
              }),
              "accepted");
    ++least.microcode;
    EXPECT_EQ(with([&](SnpRules& r) {
                r.unchecked = {"chip", "revocation"};
                r.minima = {{product, least}};
              }),
              "tcb_outdated");
    Array<64> chip = known.report.chip_id;
    if (!known.report.chip_masked()) {
      EXPECT_EQ(with([&](SnpRules& r) {
                  r.unchecked = {"revocation", "tcb"};
                  r.chips = {chip};
                }),
                "accepted");
    }
    chip[5] ^= 1;
    EXPECT_EQ(with([&](SnpRules& r) {
                r.unchecked = {"revocation", "tcb"};
                r.chips = {chip};
              }),
              "chip_unknown");
    EXPECT_EQ(with([&](SnpRules& r) { r.unchecked = {"chip", "tcb"}; }), "collateral_missing");  // no revocation list
    EXPECT_EQ(with([&](SnpRules& r) { r.signing_keys = {known.vlek() ? "vcek" : "vlek"}; }), "signing_key_not_allowed");
  }
}

TEST_F(RealReports, KeysOfOthersDoNotFit) {
  const auto find = [&](const std::string& file) -> const Known& {
    return *std::ranges::find(reports_, "sev-snp/" + file, &Known::file);
  };
  const Known& known = find("lunal-test-report.bin");
  for (const char* name : {"lunal-test-vcek-invalid-legacy.der", "lunal-test-vcek-invalid-new.der"}) {
    Collateral collateral = authorities_;
    ASSERT_TRUE(collateral.add(test::read(folder() / name)));
    EXPECT_NE(reason(known.bytes, known, policy_for(known), collateral), "accepted") << name;
  }
  // A key of another chip, of the same product, and under its own good chain.
  Collateral another = authorities_;
  ASSERT_TRUE(another.add(test::read(folder() / "ms-milan_vcek.pem")));
  const auto refused = appraise_document(known.bytes, policy_for(known), from_rfc3339("2026-06-01T00:00:00Z").value(),
                                         {}, Platform::sev_snp, another);
  EXPECT_EQ(test::reason_of(refused), "tcb_mismatch");
  // The right one is found among many.
  another.add(with_key(known));
  EXPECT_EQ(reason(known.bytes, known, policy_for(known), another), "accepted");
  // A policy of another product's root.
  EvidencePolicy policy = policy_for(known);
  std::erase_if(policy.roots, [](const Root& r) { return r.name == "AMD ARK Milan"; });
  std::erase_if(policy.measurements, [&](const Measurement& m) { return policy.root(m.root) == nullptr; });
  EXPECT_EQ(reason(known.bytes, known, policy, with_key(known)), "root_unknown");
}

// One bit in each byte, of what is signed, of the signature, and of all that must be zero.
// GLOVEBOX_EXHAUSTIVE=1 tries every byte of every report, else every 31st of each.
TEST_F(RealReports, NoChangedBitPasses) {
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 31;
  for (const Known& known : reports_) {
    if (known.debug()) continue;
    const EvidencePolicy policy = policy_for(known);
    const Collateral collateral = with_key(known);
    for (std::size_t i = 0; i < known.bytes.size(); i += step) {
      Bytes changed = known.bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
      const auto result = appraise_document(changed, policy, known.time(), {}, Platform::sev_snp, collateral);
      ASSERT_FALSE(result) << known.file << " byte " << i;
      EXPECT_EQ(exit_code(result.error().reason), Exit::evidence_refused) << describe(result.error());
    }
  }
}

TEST_F(RealReports, EveryShorterPrefixIsTruncatedAndNothingMayFollow) {
  for (const Known& known : reports_) {
    for (std::size_t size = 0; size < known.bytes.size(); ++size)
      ASSERT_EQ(test::reason_of(SnpEvidence::parse(View(known.bytes).first(size))), "truncated") << known.file << size;
    EXPECT_EQ(test::reason_of(SnpEvidence::parse(concat({known.bytes, Bytes{0}}))), "evidence_malformed");
  }
}

TEST_F(RealReports, NamesOfTheirCertificates) {
  const auto& genoa = *std::ranges::find(reports_, "sev-snp/lunal-live-report-v5-genoa.bin", &Known::file);
  EXPECT_EQ(kds_vcek_url(attestation::SnpProduct::genoa, genoa.report),
            "https://kdsintf.amd.com/vcek/v1/Genoa/" + to_hex(genoa.report.chip_id) +
                "?blSPL=10&teeSPL=00&snpSPL=27&ucodeSPL=27");
  const auto& turin = *std::ranges::find(reports_, "sev-snp/ms-turin_attestation_report.bin", &Known::file);
  EXPECT_EQ(
      kds_vcek_url(attestation::SnpProduct::turin, turin.report),
      "https://kdsintf.amd.com/vcek/v1/Turin/59790fb1c39f35c1?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81");
}

TEST_F(RealReports, Bundles) {
  const Collateral all = with_key(reports_.front());
  const Bytes bundle = all.to_bundle();
  EXPECT_EQ(Collateral::parse_bundle(bundle).value(), all);
  Collateral again;
  ASSERT_TRUE(again.add(bundle));
  ASSERT_TRUE(again.add(bundle));
  EXPECT_EQ(again, all);
  for (std::size_t size = 0; size < bundle.size(); size += 97)
    EXPECT_EQ(test::reason_of(Collateral::parse_bundle(View(bundle).first(size))), "collateral_invalid");
  EXPECT_EQ(test::reason_of(Collateral().add(view_of("hello"))), "collateral_invalid");
  EXPECT_NE(describe(all, reports_.front().time()).find("CN=ARK-Milan"), std::string::npos);
}
}  // namespace
}  // namespace glovebox::verifier
