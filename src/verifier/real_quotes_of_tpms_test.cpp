// Quotes of real TPMs, and of Azure's virtual ones over SEV-SNP, as other projects publish them: in JSON of their own,
// which this test turns into the documents of docs/spec/evidence.md.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "attestation/hcl_report.h"
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

// Quotes over TDX: the report's form, the key, and the quote under it; the hardware below is the other platform's.
TEST_F(RealTpms, AzureOverTdxIsReadAndNotTakenForSnp) {
  for (const std::string& file : over_tdx) {
    SCOPED_TRACE(file);
    const Known known(file);
    const AzureEvidence evidence = known.evidence();
    EXPECT_EQ(evidence.hcl.hardware, attestation::HclHardware::tdx);
    const auto runtime = HclRuntime::parse(evidence.hcl.runtime);
    ASSERT_TRUE(runtime) << describe(runtime.error());
    EXPECT_TRUE(crypto::verify(runtime->key, evidence.quote.attest_bytes, evidence.quote.signature.value));
    EXPECT_EQ(evidence.quote.registers_digest(), evidence.quote.attest.digest);
    const EvidencePolicy policy = azure_policy(Known(over_snp[0]).evidence());
    EXPECT_EQ(
        test::reason_of(appraise_document(evidence.encode(), policy, then, {}, Platform::azure_snp, authorities())),
        "platform_unknown");
  }
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
}  // namespace
}  // namespace glovebox::verifier
