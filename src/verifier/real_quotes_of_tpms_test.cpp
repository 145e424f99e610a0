// Quotes of real TPMs, and of Azure's virtual ones over SEV-SNP and TDX, as other projects publish them: in JSON of
// their own, which this test turns into the documents of docs/spec/evidence.md.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "attestation/hcl_report.h"
#include "attestation/td_local_report.h"
#include "crypto/x509_fields.h"
#include "support.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"
#include "verifier/known_roots.h"

namespace glovebox::verifier {
namespace {
using attestation::AzureEvidence;
using attestation::HclReport;
using attestation::HclRuntime;
using attestation::Platform;
using attestation::Quote;
using attestation::TdLocalReport;
using attestation::TdReport;
using attestation::TpmQuote;
using Json = nlohmann::json;
const Time then = Time::from_seconds(1'780'000'000);  // May 2026, when all their certificates are valid

std::filesystem::path folder() {
  return test::shared() / "vectors/tpm";
}

// bytes_of takes an array of numbers, hex, base64 or base64url.
Bytes bytes_of(const Json& value) {
  if (value.is_array()) return value.get<Bytes>();
  std::string text = value.get<std::string>();
  if (const auto hex = from_hex(text)) return *hex;
  if (const auto base64 = from_base64(text)) return *base64;
  while (text.ends_with('=')) text.pop_back();
  return from_base64url(text).value();
}

Result<TpmQuote> quote_of(const Json& json) {
  TpmQuote out;
  out.attest_bytes = bytes_of(json.at("message"));
  GLOVEBOX_TRY(attest, attestation::TpmAttest::parse(out.attest_bytes));
  out.attest = attest;
  const Bytes signature = bytes_of(json.at("signature"));
  // Some write the TPMT_SIGNATURE, some RSA's number alone.
  const auto whole = attestation::TpmSignature::parse(signature);
  out.signature = whole ? *whole : attestation::TpmSignature{.rsa = true, .value = signature};
  const Json& values = json.at("pcrs");
  for (std::uint8_t i = 0; i < values.size(); ++i)
    if ((out.attest.selected >> i & 1) != 0) out.registers.emplace(i, fixed<32>(bytes_of(values[i])).value());
  return out;
}

struct Known {
  std::string file;
  Json json;

  explicit Known(std::string name) : file(std::move(name)), json(Json::parse(text_of(test::read(folder() / file)))) {
    if (json.contains("evidence")) json = Json(json["evidence"]);
  }
  const Json& quote() const { return json.contains("tpm_quote") ? json["tpm_quote"] : json["quote"]; }
  Bytes report() const { return bytes_of(json.contains("hcl_report") ? json["hcl_report"] : json["report"]); }
  AzureEvidence evidence() const {
    AzureEvidence out;
    out.hcl = HclReport::parse(report()).value();
    out.quote = quote_of(quote()).value();
    if (json.contains("td_quote")) out.td_quote = bytes_of(json["td_quote"]);
    if (json.contains("vcek")) {
      const std::string text = json["vcek"].get<std::string>();
      Collateral one;
      EXPECT_TRUE(one.add(text.starts_with("-----") ? to_bytes(view_of(text)) : bytes_of(json["vcek"])));
      out.certificates = one.certificates;
    }
    return out;
  }
};

const std::vector<std::string> over_snp = {
    "trustee-az-snp-vtpm-evidence-genoa.json", "trustee-az-snp-vtpm-evidence-v0.json",
    "trustee-az-snp-vtpm-evidence-v1.json", "trustee-az-snp-vtpm-evidence-v2.json", "lunal-az_snp-live-evidence.json"};
const std::vector<std::string> over_tdx = {"trustee-az-tdx-vtpm-evidence-v0.json",
                                           "trustee-az-tdx-vtpm-evidence-v1.json", "lunal-az_tdx-live-evidence.json"};

// authorities is every certificate of AMD's in the other folder.
Collateral authorities() {
  Collateral out;
  for (const auto& entry : std::filesystem::directory_iterator(test::shared() / "vectors/sev-snp")) {
    const std::string name = entry.path().filename().string();
    if (name.find("ask") != std::string::npos || name.find("ark") != std::string::npos) {
      EXPECT_TRUE(out.add(test::read(entry.path()))) << name;
    }
  }
  return out;
}

TpmVersion version_of(const TpmQuote& quote) {
  TpmVersion out{.version = "theirs", .registers = {}};
  for (const auto& [index, value] : quote.registers)
    if (value != Digest{}) out.registers.emplace(index, value);
  return out;
}

EvidencePolicy azure_policy(const AzureEvidence& evidence) {
  EvidencePolicy p;
  p.profile = Profile::none;
  p.platforms = {"azure-snp-vtpm"};
  p.freshness_seconds = 300;
  p.azure_snp = TpmRules{.keys = {}, .versions = {version_of(evidence.quote)}};
  SnpRules rules;
  rules.signing_keys = {"vcek"};
  rules.unchecked = {"chip", "revocation", "tcb"};
  p.snp = rules;
  const auto report = attestation::SnpReport::parse(evidence.hcl.report).value();
  for (const KnownRoot& root : known_roots())
    if (root.platform == Platform::sev_snp) {
      p.roots.push_back({.name = std::string(root.name), .sha256 = root.sha256});
      p.measurements.push_back({.version = "paravisor", .root = root.sha256, .pcrs = {}, .launch = report.measurement});
    }
  return p;
}

TdReport body_of(const AzureEvidence& evidence) {
  return std::get<TdReport>(evidence.hardware_quote().value().body);
}

// tdx_policy leaves of TDX what can be left, and asks for the registers of this guest.
EvidencePolicy tdx_policy(const AzureEvidence& evidence) {
  EvidencePolicy p;
  p.profile = Profile::none;
  p.platforms = {"azure-tdx-vtpm"};
  p.freshness_seconds = 300;
  p.azure_tdx = TpmRules{.keys = {}, .versions = {version_of(evidence.quote)}};
  IntelRules rules;
  rules.unchecked = {"fmspc", "platform", "revocation", "sept-ve-disable", "tcb"};
  p.tdx = rules;
  const TdReport td = body_of(evidence);
  const auto& root = *std::ranges::find(known_roots(), Platform::tdx, &KnownRoot::platform);
  p.roots = {{.name = std::string(root.name), .sha256 = root.sha256}};
  p.measurements = {{.version = "paravisor",
                     .root = root.sha256,
                     .td = TdMeasurement{.mr_td = td.mr_td, .rtmr = {td.rtmr[0], td.rtmr[1], td.rtmr[2], td.rtmr[3]}}}};
  return p;
}

Collateral intel_files(std::initializer_list<const char*> names) {
  Collateral out;
  for (const char* name : names) EXPECT_TRUE(out.add(test::read(test::shared() / "vectors/intel" / name))) << name;
  return out;
}

class RealTpms : public testing::Test {
 protected:
  void SetUp() override { GLOVEBOX_NEEDS(folder() / over_snp.front()); }
};

TEST_F(RealTpms, AzureOverSnpIsAcceptedAndEachPartVouchesForTheNext) {
  const Collateral collateral = authorities();
  for (const std::string& file : over_snp) {
    SCOPED_TRACE(file);
    const Known known(file);
    const AzureEvidence evidence = known.evidence();
    EXPECT_EQ(evidence.hcl.encode(), known.report());
    const EvidencePolicy policy = azure_policy(evidence);
    ASSERT_TRUE(policy.check()) << describe(policy.check().error());
    EXPECT_EQ(EvidencePolicy::from_cbor(policy.to_cbor()).value(), policy);
    const auto judge = [&](const AzureEvidence& e, std::optional<View> nonce = {}) {
      return appraise_document(e.encode(), policy, then, nonce, Platform::azure_snp, collateral);
    };
    const auto result = judge(evidence);
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->version, "theirs");
    EXPECT_TRUE(result->instance.starts_with("machine ")) << result->instance;
    EXPECT_EQ(test::reason_of(judge(evidence, View(evidence.quote.attest.extra_data))), "accepted");
    EXPECT_EQ(test::reason_of(judge(evidence, view_of("another challenge"))), "nonce_mismatch");

    AzureEvidence changed = evidence;
    changed.hcl.runtime.back() = ' ';
    EXPECT_NE(test::reason_of(judge(changed)), "accepted");
    changed = evidence;
    changed.quote.registers[3][0] ^= 1;
    EXPECT_EQ(test::reason_of(judge(changed)), "parts_mismatch");
    changed = evidence;
    changed.certificates.clear();
    EXPECT_EQ(test::reason_of(judge(changed)), "collateral_missing");
    EvidencePolicy snp_alone = policy;
    snp_alone.platforms = {"sev-snp"};
    snp_alone.azure_snp.reset();
    EXPECT_EQ(
        test::reason_of(appraise_document(evidence.encode(), snp_alone, then, {}, Platform::azure_snp, collateral)),
        "platform_unknown");
    EXPECT_EQ(attestation::recognise(known.report()), attestation::Kind::azure_vtpm);
    EXPECT_TRUE(overview(known.report()).form);
    EXPECT_EQ(attestation::platform_of(attestation::recognise(evidence.encode())), Platform::azure_snp);
  }
}

// The quote of one machine beside the report of another.
TEST_F(RealTpms, PartsOfTwoMachinesAreNoEvidence) {
  const AzureEvidence one = Known(over_snp[0]).evidence();
  const AzureEvidence two = Known(over_snp[1]).evidence();
  AzureEvidence mixed = one;
  mixed.quote = two.quote;
  EvidencePolicy policy = azure_policy(one);
  policy.azure_snp->versions = {version_of(two.quote)};
  EXPECT_EQ(test::reason_of(appraise_document(mixed.encode(), policy, then, {}, Platform::azure_snp, authorities())),
            "evidence_signature_invalid");
  mixed = one;
  mixed.hcl.runtime = two.hcl.runtime;
  mixed.quote = two.quote;
  EXPECT_EQ(test::reason_of(appraise_document(mixed.encode(), policy, then, {}, Platform::azure_snp, authorities())),
            "parts_mismatch");
}

// The TDREPORT of Azure's paravisor and the quote that it was traded for, of both machines, and what each says of the
// next part.
TEST_F(RealTpms, AzureOverTdxIsAcceptedAndEachPartVouchesForTheNext) {
  for (const std::string& file : over_tdx) {
    SCOPED_TRACE(file);
    const Known known(file);
    const AzureEvidence evidence = known.evidence();
    EXPECT_EQ(evidence.hcl.encode(), known.report());
    EXPECT_EQ(AzureEvidence::parse(evidence.encode()).value().encode(), evidence.encode());
    const auto local = TdLocalReport::parse(evidence.hcl.report);
    ASSERT_TRUE(local) << describe(local.error());
    Bytes padded = local->encode();
    padded.resize(evidence.hcl.report.size());
    EXPECT_EQ(padded, evidence.hcl.report);
    const EvidencePolicy policy = tdx_policy(evidence);
    ASSERT_TRUE(policy.check()) << describe(policy.check().error());
    EXPECT_EQ(EvidencePolicy::from_cbor(policy.to_cbor()).value(), policy);
    const auto judge = [&](const AzureEvidence& e, std::optional<View> nonce = {}) {
      return appraise_document(e.encode(), policy, then, nonce, Platform::azure_tdx);
    };
    const auto result = judge(evidence);
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->platform, "azure-tdx-vtpm");
    EXPECT_EQ(result->version, "theirs");
    EXPECT_TRUE(result->instance.starts_with("machine ")) << result->instance;
    EXPECT_EQ(result->measurements.front().name, "mr_td");
    for (const char* what : {"fmspc", "platform", "revocation", "sept-ve-disable", "tcb", "nonce", "time"})
      EXPECT_TRUE(std::ranges::contains(result->unchecked, what)) << what;
    EXPECT_EQ(test::reason_of(judge(evidence, View(evidence.quote.attest.extra_data))), "accepted");
    EXPECT_EQ(test::reason_of(judge(evidence, view_of("another challenge"))), "nonce_mismatch");

    AzureEvidence changed = evidence;
    changed.hcl.runtime.replace(changed.hcl.runtime.find("secure-boot\":true"), 17, "secure-boot\":null");
    EXPECT_EQ(test::reason_of(judge(changed)), "parts_mismatch");
    changed = evidence;
    changed.quote.registers[3][0] ^= 1;
    EXPECT_EQ(test::reason_of(judge(changed)), "parts_mismatch");
    changed = evidence;
    changed.td_quote.resize(600);
    EXPECT_EQ(test::reason_of(judge(changed)), "evidence_malformed");
    const auto with_local = [&](const TdLocalReport& other) {
      AzureEvidence e = evidence;
      e.hcl.report = other.encode();
      e.hcl.report.resize(attestation::snp_report_size);
      return test::reason_of(judge(e));
    };
    TdLocalReport other = *local;
    other.body.td_attributes ^= 1;
    EXPECT_EQ(with_local(other), "parts_mismatch");
    other = *local;
    other.body.report_data[0] ^= 1;
    EXPECT_EQ(with_local(other), "parts_mismatch");

    EvidencePolicy strict = policy;
    strict.tdx->unchecked = {"fmspc", "platform", "tcb"};
    if (!body_of(evidence).septve_disabled()) {
      EXPECT_EQ(test::reason_of(appraise_document(evidence.encode(), strict, then, {}, Platform::azure_tdx)),
                "collateral_missing");
      strict.tdx->unchecked = {"fmspc", "platform", "revocation", "tcb"};
      EXPECT_EQ(test::reason_of(appraise_document(evidence.encode(), strict, then, {}, Platform::azure_tdx)),
                "guest_policy_not_allowed");
    }
    EvidencePolicy tdx_alone = policy;
    tdx_alone.platforms = {"tdx"};
    tdx_alone.azure_tdx.reset();
    EXPECT_EQ(test::reason_of(appraise_document(evidence.encode(), tdx_alone, then, {}, Platform::azure_tdx)),
              "platform_unknown");
    const EvidencePolicy snp = azure_policy(Known(over_snp[0]).evidence());
    EXPECT_EQ(test::reason_of(appraise_document(evidence.encode(), snp, then, {}, Platform::azure_snp, authorities())),
              "platform_unknown");
    EXPECT_EQ(attestation::recognise(known.report()), attestation::Kind::azure_vtpm);
    EXPECT_EQ(platform_of_file(known.report(), policy).value(), Platform::azure_tdx);
    EXPECT_EQ(test::reason_of(appraise_document(known.report(), policy, then, {}, Platform::azure_tdx)),
              "evidence_malformed");
    EXPECT_NE(overview(known.report()).text.find("TDREPORT"), std::string::npos);
    EXPECT_EQ(attestation::platform_of(attestation::recognise(evidence.encode())), Platform::azure_tdx);
    EXPECT_TRUE(overview(evidence.encode()).form);
  }
}

// One machine's kind of platform is among the documents that we have; the other's is not.
TEST_F(RealTpms, AzureOverTdxWithIntelsDocuments) {
  const Collateral spring = intel_files({"lunal-pck_crl_platform.der", "lunal-root_ca_crl.der",
                                         "lunal-tcb_signing_chain.pem", "lunal-td_qe_identity.json",
                                         "lunal-tcb_info_50806f000000.json", "lunal-tcb_info_90c06f000000.json"});
  const auto judge = [&](const AzureEvidence& evidence, const char* at, auto change) {
    EvidencePolicy policy = tdx_policy(evidence);
    policy.tdx->unchecked = {"fmspc", "platform"};
    policy.tdx->statuses = {TcbStatus::up_to_date};
    policy.tdx->minimum_evaluation = 18;
    change(*policy.tdx);
    EXPECT_TRUE(policy.check());
    return appraise_document(evidence.encode(), policy, from_rfc3339(at).value(), {}, Platform::azure_tdx, spring);
  };
  const auto as_it_is = [](IntelRules&) {};
  const AzureEvidence known = Known("lunal-az_tdx-live-evidence.json").evidence();
  const auto result = judge(known, "2026-04-05T00:00:00Z", as_it_is);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_FALSE(result->development);
  EXPECT_EQ(std::ranges::find(result->facts, "tcb status", &Fact::name)->value, "UpToDate");
  EXPECT_EQ(test::reason_of(judge(known, "2026-04-16T00:00:00Z", as_it_is)), "collateral_expired");
  EXPECT_EQ(test::reason_of(judge(known, "2026-04-05T00:00:00Z", [](IntelRules& r) { r.minimum_evaluation = 19; })),
            "tcb_outdated");
  const AzureEvidence other = Known("trustee-az-tdx-vtpm-evidence-v1.json").evidence();
  const auto missing = judge(other, "2026-04-05T00:00:00Z", as_it_is);
  ASSERT_EQ(test::reason_of(missing), "collateral_missing");
  EXPECT_NE(missing.error().found.find("00806f050000"), std::string::npos) << missing.error().found;
}

// The parts of two machines over TDX, each good by itself.
TEST_F(RealTpms, PartsOfTwoMachinesOverTdxAreNoEvidence) {
  const AzureEvidence one = Known(over_tdx[1]).evidence();
  const AzureEvidence two = Known(over_tdx[2]).evidence();
  EvidencePolicy policy = tdx_policy(one);
  policy.measurements.push_back(tdx_policy(two).measurements.front());
  policy.measurements.back().version = "other paravisor";
  policy.azure_tdx->versions.push_back(version_of(two.quote));
  policy.azure_tdx->versions.back().version = "others";
  ASSERT_TRUE(policy.check()) << describe(policy.check().error());
  const auto judge = [&](auto change) {
    AzureEvidence mixed = one;
    change(mixed);
    return test::reason_of(appraise_document(mixed.encode(), policy, then, {}, Platform::azure_tdx));
  };
  EXPECT_EQ(judge([](AzureEvidence&) {}), "accepted");
  EXPECT_EQ(judge([&](AzureEvidence& e) { e = two; }), "accepted");
  EXPECT_EQ(judge([&](AzureEvidence& e) { e.td_quote = two.td_quote; }), "parts_mismatch");
  EXPECT_EQ(judge([&](AzureEvidence& e) { e.hcl = two.hcl; }), "parts_mismatch");
  EXPECT_EQ(judge([&](AzureEvidence& e) { e.hcl.runtime = two.hcl.runtime; }), "parts_mismatch");
  EXPECT_EQ(judge([&](AzureEvidence& e) { e.hcl.report = two.hcl.report; }), "parts_mismatch");
  EXPECT_EQ(judge([&](AzureEvidence& e) { e.quote = two.quote; }), "evidence_signature_invalid");
}

struct Plain {
  TpmQuote quote;
  EvidencePolicy policy;
};
Plain plain() {
  const Known known("trustee-tpm_evidence.json");
  Plain out{.quote = quote_of(known.quote()).value(), .policy = {}};
  out.policy.profile = Profile::none;
  out.policy.platforms = {"tpm"};
  out.policy.freshness_seconds = 300;
  out.policy.tpm = TpmRules{.keys = {{.name = "theirs", .spki = bytes_of(known.json.at("ak_public"))}},
                            .versions = {version_of(out.quote)}};
  return out;
}

TEST_F(RealTpms, APlainQuoteCountsUnderItsEnrolledKeyAlone) {
  const Plain p = plain();
  ASSERT_TRUE(p.policy.check()) << describe(p.policy.check().error());
  const Bytes document = p.quote.encode();
  const auto judge = [&](View bytes, const EvidencePolicy& policy, std::optional<View> nonce = {}) {
    return appraise_document(bytes, policy, then, nonce, Platform::tpm);
  };
  const auto result = judge(document, p.policy);
  ASSERT_TRUE(result) << describe(result.error());
  for (const char* what : {"maker", "memory", "nonce", "time"})
    EXPECT_TRUE(std::ranges::contains(result->unchecked, what)) << what;
  EXPECT_NE(explain(*result).find("an enrolled key only"), std::string::npos);
  EXPECT_EQ(test::reason_of(judge(document, p.policy, View(p.quote.attest.extra_data))), "accepted");
  EvidencePolicy other = p.policy;
  other.tpm->keys[0].spki = crypto::PlatformSigner::generate(crypto::PlatformKeyKind::rsa).public_key().spki();
  EXPECT_EQ(test::reason_of(judge(document, other)), "evidence_signature_invalid");
}

// One bit in each byte; GLOVEBOX_EXHAUSTIVE=1 tries every byte, else every 31st (of the longer document every 97th).
TEST_F(RealTpms, NoChangedBitPasses) {
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 31;
  const Plain p = plain();
  const Bytes document = p.quote.encode();
  const Collateral collateral = authorities();
  const AzureEvidence azure = Known(over_snp[1]).evidence();
  const EvidencePolicy azure_rules = azure_policy(azure);
  const Bytes azure_document = azure.encode();
  const auto refused = [](const Result<AttestationResult>& result, std::size_t at) {
    ASSERT_FALSE(result) << at;
    EXPECT_TRUE(exit_code(result.error().reason) == Exit::evidence_refused ||
                result.error().reason == Reject::truncated)
        << describe(result.error());
  };
  const auto flipped = [](Bytes bytes, std::size_t i) {
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (1U << (i % 8)));
    return bytes;
  };
  for (std::size_t i = 0; i < document.size(); i += step)
    refused(appraise_document(flipped(document, i), p.policy, then, {}, Platform::tpm), i);
  for (std::size_t i = 0; i < azure_document.size(); i += step == 1 ? 1 : 97)
    refused(appraise_document(flipped(azure_document, i), azure_rules, then, {}, Platform::azure_snp, collateral), i);
  for (std::size_t size = 0; size < document.size(); ++size)
    ASSERT_EQ(test::reason_of(appraise_document(View(document).first(size), p.policy, then, {}, Platform::tpm)),
              "truncated");
}

// Nobody but the machine can check what stands in its TDREPORT and not in the quote: which processor's key made its
// MAC. Of the quote nobody signs how the PEM around the certificates is written, and the root in it.
TEST_F(RealTpms, NoChangedBitOverTdxPasses) {
  const bool exhaustive = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr;
  for (const std::string& file : {over_tdx[1], over_tdx[2]}) {
    SCOPED_TRACE(file);
    const AzureEvidence whole = Known(file).evidence();
    const EvidencePolicy policy = tdx_policy(whole);
    const Bytes document = whole.encode();
    const auto said = [](const AzureEvidence& evidence) {
      auto local = TdLocalReport::parse(evidence.hcl.report).value();
      local.cpu_svn = {};
      local.mac = {};
      return local;
    };
    const auto certified = [](const AzureEvidence& evidence) {
      const auto chain = crypto::parse_chain(evidence.hardware_quote().value().certification_data).value();
      return std::pair(chain.at(0).digest(), chain.at(1).digest());
    };
    std::size_t passed = 0;
    for (std::size_t i = 0; i < document.size(); i += exhaustive ? 1 : 89) {
      Bytes changed = document;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
      const auto result = appraise_document(changed, policy, then, {}, Platform::azure_tdx);
      if (!result) {
        EXPECT_TRUE(exit_code(result.error().reason) == Exit::evidence_refused ||
                    result.error().reason == Reject::truncated)
            << i << describe(result.error());
        continue;
      }
      ++passed;
      const AzureEvidence again = AzureEvidence::parse(changed).value();
      ASSERT_EQ(again.quote, whole.quote) << i;
      ASSERT_EQ(again.hcl.runtime, whole.hcl.runtime) << i;
      ASSERT_EQ(said(again), said(whole)) << i;
      ASSERT_EQ(body_of(again), body_of(whole)) << i;
      ASSERT_EQ(certified(again), certified(whole)) << i;
    }
    if (exhaustive) {
      EXPECT_GE(passed, 48U);
    }
    for (std::size_t size = 0; size < document.size(); size += exhaustive ? 1 : 7)
      ASSERT_EQ(test::reason_of(appraise_document(View(document).first(size), policy, then, {}, Platform::azure_tdx)),
                "truncated")
          << size;
  }
}
}  // namespace
}  // namespace glovebox::verifier
