// tests/vectors/attestation: each case gets the word of its manifest; and what testroots makes anew gets its own.
#include "attestation/snp_evidence.h"
#include "judge.h"
#include "support.h"
#include "testroots/suite.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"
#include "verifier/policy_toml.h"
#include "world.h"

namespace glovebox::verifier {
namespace {
using attestation::Kind;
using attestation::Platform;
using test::judge;
using test::read_case;

// RSA keys of 4096 bits take seconds: one suite serves all tests.
const testroots::Suite& made_once() {
  static const testroots::Suite suite = testroots::make_suite(test::noon());
  return suite;
}

void expect(const testroots::Case& one, const std::string& policy, View bundle) {
  SCOPED_TRACE(one.name + ": " + one.why);
  EXPECT_FALSE(one.why.empty() || one.clause.empty());
  EXPECT_TRUE(one.expected == "accepted" || reject_from_name(one.expected));
  EXPECT_TRUE(one.name.starts_with(one.platform + "-"));
  const auto result = judge(one, policy, bundle);
  EXPECT_EQ(test::reason_of(result), one.expected) << (result ? "" : describe(result.error()));
  if (!result) {
    EXPECT_FALSE(explain(result.error()).empty());
  }
}

TEST(Conformance, StoredCases) {
  const auto folder = test::vectors() / "attestation";
  std::map<std::string, std::size_t> count;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!std::filesystem::exists(entry.path() / "manifest.json")) continue;
    const auto one = read_case(entry.path());
    const Bytes bundle = one.collateral.empty() ? Bytes{} : test::read(entry.path() / one.collateral);
    expect(one, std::string(text_of(test::read(entry.path() / one.policy))), bundle);
    ++count[one.platform];
  }
  EXPECT_GE(count["nitro"], 40U);
  EXPECT_GE(count["nitro-tpm"], 60U);
  EXPECT_GE(count["sev-snp"], 40U);
  EXPECT_GE(count["arm-psa"], 25U);
  EXPECT_GE(count["arm-cca"], 25U);
  EXPECT_GE(count["azure-snp-vtpm"], 25U);
  EXPECT_GE(count["azure-tdx-vtpm"], 50U);
  EXPECT_GE(count["tpm"], 25U);
  EXPECT_GE(count["tdx"], 40U);
  EXPECT_GE(count["sgx"], 40U);
}

TEST(Conformance, CasesMadeAnew) {
  const auto& suite = made_once();
  std::set<std::string> names;
  for (const auto& one : suite.cases) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " stands twice";
    expect(one, suite.policies.at(one.policy), one.collateral.empty() ? Bytes{} : suite.collateral.at(one.collateral));
  }
}

// The files and what makes them are the same cases.
TEST(Conformance, TheStoredCasesAreTheGenerators) {
  const auto& suite = made_once();
  std::set<std::string> made;
  for (const auto& one : suite.cases) {
    made.insert(one.name);
    const auto path = test::vectors() / "attestation" / one.name;
    ASSERT_TRUE(std::filesystem::exists(path / "manifest.json")) << one.name << ": run glovebox-testbed attest suite";
    EXPECT_EQ(read_case(path).expected, one.expected) << one.name;
  }
  for (const auto& entry : std::filesystem::directory_iterator(test::vectors() / "attestation"))
    if (std::filesystem::exists(entry.path() / "manifest.json")) {
      EXPECT_TRUE(made.contains(entry.path().filename().string())) << entry.path();
    }
}

// A case is refused for its own fault: without it, it would be accepted. So a byte more or less of an accepted one is
// not.
TEST(Conformance, NoShorterPrefixOfAnAcceptedDocumentPasses) {
  const auto& suite = made_once();
  for (const auto& one : suite.cases) {
    if (one.expected != "accepted" || attestation::recognise(one.evidence) == Kind::message ||
        attestation::recognise(one.evidence) == Kind::cmw)
      continue;
    const auto policy = parse_policy(view_of(suite.policies.at(one.policy))).value();
    const Platform platform = attestation::platform_from_name(one.platform).value();
    const auto reason = [&](View document) {
      return test::reason_of(appraise_document(document, policy.evidence, one.at, {}, platform));
    };
    for (std::size_t size = 0; size < one.evidence.size(); ++size) {
      // A report without the table behind it is whole; what it lacks then is its certificates.
      const bool bare = platform == Platform::sev_snp && size == attestation::snp_report_size;
      ASSERT_EQ(reason(View(one.evidence).first(size)), bare ? "collateral_missing" : "truncated") << one.name << size;
    }
    EXPECT_EQ(reason(concat({one.evidence, Bytes{1}})), "evidence_malformed") << one.name;
  }
}

// A policy's deterministic form reads back; without sev-snp it is the array of ten that it was before there was any,
// and without tdx and sgx the one of eleven.
TEST(Conformance, PoliciesHaveOneFormAndOneDigest) {
  std::set<Digest> digests;
  for (const auto& [name, text] : made_once().policies) {
    const auto policy = parse_policy(view_of(text));
    if (!policy) {
      EXPECT_EQ(exit_code(policy.error().reason),
                policy.error().reason == Reject::mixed_roots ? Exit::evidence_refused : Exit::input_refused);
      continue;
    }
    const Bytes form = policy->evidence.to_cbor();
    // ten elements, and one for each table of rules
    EXPECT_EQ(form[0], name.starts_with("nitro") && !name.starts_with("nitro-tpm") ? 0x8a
                       : name.starts_with("azure")                                 ? 0x8c
                                                                                   : 0x8b)
        << name;
    const auto again = EvidencePolicy::from_cbor(form);
    ASSERT_TRUE(again) << name << ": " << describe(again.error());
    EXPECT_EQ(*again, policy->evidence) << name;
    EXPECT_TRUE(digests.insert(again->digest()).second) << name << " means what another does";
    Bytes cut = form;
    cut.pop_back();
    EXPECT_EQ(test::reason_of(EvidencePolicy::from_cbor(cut)), "policy_invalid") << name;
  }
  EXPECT_GE(digests.size(), 10U);
}

TEST(Recognise, KnowsWhatItDoesNotAppraise) {
  const auto kind = [](std::initializer_list<std::uint8_t> bytes) {
    return attestation::recognise(concat({Bytes(bytes), Bytes(64)}));
  };
  EXPECT_EQ(kind({3, 0, 2, 0, 0, 0, 0, 0}), Kind::sgx);
  EXPECT_EQ(kind({4, 0, 2, 0, 0x81, 0, 0, 0}), Kind::tdx);
  EXPECT_EQ(kind({3, 0, 0, 0, 0, 0, 0, 0}), Kind::sev_snp);
  EXPECT_EQ(kind({'H', 'C', 'L', 'A'}), Kind::azure_vtpm);
  EXPECT_EQ(kind({0xff, 'T', 'C', 'G'}), Kind::tpm_quote);
  EXPECT_EQ(kind({0xd9, 0x01, 0x8f, 0xa2}), Kind::arm_cca);
  EXPECT_EQ(attestation::recognise({}), Kind::unknown);
  EXPECT_EQ(attestation::recognise(view_of("hello")), Kind::unknown);
  EXPECT_EQ(overview(concat({Bytes{0x30, 0x82}, Bytes(64)})).form.error().reason, Reject::unsupported);
  EXPECT_EQ(overview(concat({Bytes{4, 0, 2, 0, 0x81, 0, 0, 0}, Bytes(64)})).form.error().reason,
            Reject::evidence_malformed);
}

TEST(Recognise, RealFilesOfOtherPlatforms) {
  const auto at = test::shared() / "vectors";
  GLOVEBOX_NEEDS(at / "EXPECTED.json");
  const auto kind = [&](const char* file) { return attestation::recognise(test::read(at / file)); };
  EXPECT_EQ(kind("intel/dcap-qvl-sgx_quote"), Kind::sgx);
  EXPECT_EQ(kind("intel/dcap-qvl-tdx_quote"), Kind::tdx);
  EXPECT_EQ(kind("intel/lunal-tdx_quote_5.dat"), Kind::tdx);
  EXPECT_EQ(kind("arm-cca-psa/veraison-arm-cca-evidence-cca-good.cbor"), Kind::arm_cca);
  EXPECT_EQ(kind("arm-cca-psa/veraison-end-to-end-input-psa-evidence.cbor"), Kind::arm_psa);
  EXPECT_EQ(kind("tpm/trustee-az-snp-vtpm-hcl-report.bin"), Kind::azure_vtpm);
  EXPECT_EQ(kind("tpm/trustee-az-snp-vtpm-tpm-quote.msg"), Kind::tpm_quote);
  EXPECT_EQ(kind("sev-snp/lunal-test-report.bin"), Kind::sev_snp);
  EXPECT_EQ(kind("sev-snp/ms-turin_attestation_report.bin"), Kind::sev_snp);
  EXPECT_EQ(kind("nitro/base-2026-01-03-indefinite-map.cbor"), Kind::nitro);
}
}  // namespace
}  // namespace glovebox::verifier
