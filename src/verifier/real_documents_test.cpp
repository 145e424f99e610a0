// Every real Nitro document that we have, against what another program (Python's cryptography) found in it.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "attestation/nitro_document.h"
#include "crypto/x509.h"
#include "support.h"
#include "verifier/appraise.h"
#include "verifier/ear.h"
#include "verifier/explain.h"
#include "verifier/known_roots.h"
#include "verifier/nitro_verify.h"

namespace glovebox::verifier {
namespace {
using Json = nlohmann::json;
constexpr std::int64_t november_2026 = 1'795'300'000;  // seconds; after all of them expired

struct Known {
  std::string file;
  Bytes bytes;
  Json expected;

  Time time() const { return Time{expected["timestamp_ms"].get<std::int64_t>()}; }
  bool debug() const { return expected["debug_mode"].get<bool>(); }
  bool good_signature() const { return expected["cose_signature"] == "ok"; }
};

std::vector<Known> documents() {
  std::vector<Known> out;
  const Json all = Json::parse(text_of(test::read(test::shared() / "vectors/EXPECTED.json")));
  for (const auto& [file, expected] : all.items())
    if (file.starts_with("nitro/")) out.push_back({file, test::read(test::shared() / "vectors" / file), expected});
  return out;
}

// policy_for lists exactly the document's own measurement; for a debug document, whose registers no policy may list,
// some other one.
EvidencePolicy policy_for(const Known& known, Profile profile) {
  EvidencePolicy p;
  p.profile = profile;
  p.platforms = {"nitro"};
  p.freshness_seconds = 300;
  p.roots = {{.name = std::string(aws_nitro_root_name), .sha256 = aws_nitro_root_sha256()}};
  Measurement m{.version = "theirs", .root = aws_nitro_root_sha256(), .pcrs = {}};
  for (std::size_t i = 0; i < 3; ++i) {
    m.pcrs[i].fill(1);
    if (const auto& pcrs = known.expected["pcr_nonzero"]; pcrs.contains(std::to_string(i)))
      m.pcrs[i] = *fixed<48>(*from_hex(pcrs[std::to_string(i)].get<std::string>()));
  }
  p.measurements = {m};
  if (profile == Profile::glovebox) {
    p.kems = {crypto::Kem::x_wing};
    p.configuration.fill(1);
    p.models = {{.name = "m", .digest = Digest{1}}};
  }
  return p;
}

class RealDocuments : public testing::Test {
 protected:
  void SetUp() override {
    GLOVEBOX_NEEDS(test::shared() / "vectors/EXPECTED.json");
    documents_ = documents();
    ASSERT_GE(documents_.size(), 13U);
  }
  std::vector<Known> documents_;
};

TEST_F(RealDocuments, FieldsAreAsAnotherProgramReadThem) {
  for (const Known& known : documents_) {
    SCOPED_TRACE(known.file);
    const auto document = attestation::parse_unverified(known.bytes);
    ASSERT_TRUE(document) << describe(document.error());
    const auto& claims = document->claims;
    EXPECT_EQ(claims.module_id, known.expected["module_id"].get<std::string>());
    EXPECT_EQ(claims.timestamp, known.time());
    EXPECT_EQ(claims.pcrs.size(), known.expected["pcr_indexes"].size());
    for (const auto& [index, value] : claims.pcrs) {
      const auto& nonzero = known.expected["pcr_nonzero"];
      const std::string key = std::to_string(index);
      EXPECT_EQ(to_hex(value), nonzero.contains(key) ? nonzero[key].get<std::string>() : std::string(96, '0'));
    }
    const auto same_bytes = [&](const char* field, const std::optional<Bytes>& value) {
      const Json& e = known.expected[field];
      EXPECT_EQ(value.has_value(), !e.is_null()) << field;
      if (value && !e.is_null()) {
        EXPECT_EQ(to_hex(*value), e.get<std::string>()) << field;
      }
    };
    same_bytes("public_key", claims.public_key);
    same_bytes("user_data", claims.user_data);
    same_bytes("nonce", claims.nonce);
    EXPECT_NE(describe(*document).find("Nothing below is verified"), std::string::npos);
  }
}

// A policy for several platforms pins their roots too, in any order: each platform's evidence looks only at its own.
TEST_F(RealDocuments, BesideAnotherPlatformsRoot) {
  const auto amd = std::ranges::find(known_roots(), attestation::Platform::sev_snp, &KnownRoot::platform);
  ASSERT_NE(amd, known_roots().end());
  for (const Known& known : documents_) {
    SCOPED_TRACE(known.file);
    const EvidencePolicy alone = policy_for(known, Profile::none);
    for (const bool first : {true, false}) {
      EvidencePolicy policy = alone;
      policy.roots.insert(first ? policy.roots.begin() : policy.roots.end(),
                          {.name = std::string(amd->name), .sha256 = amd->sha256});
      policy.platforms = {"nitro", "sev-snp"};
      policy.snp = SnpRules{};
      policy.snp->signing_keys = {"vcek"};
      policy.snp->unchecked = {"chip", "revocation", "tcb"};
      policy.measurements.push_back({.version = "theirs", .root = amd->sha256, .pcrs = {}, .launch = Array<48>{1}});
      for (const Time at : {known.time(), Time::from_seconds(november_2026)})
        EXPECT_EQ(test::reason_of(appraise_document(known.bytes, policy, at)),
                  test::reason_of(appraise_document(known.bytes, alone, at)));
    }
  }
}

TEST_F(RealDocuments, UnderProfileNone) {
  std::size_t passed = 0;
  for (const Known& known : documents_) {
    SCOPED_TRACE(known.file);
    const EvidencePolicy policy = policy_for(known, Profile::none);
    const auto result = appraise_document(known.bytes, policy, known.time());
    const std::string want = !known.good_signature() ? "evidence_signature_invalid"
                             : known.debug()         ? "debug_enclave"
                                                     : "accepted";
    EXPECT_EQ(test::reason_of(result), want);
    EXPECT_EQ(test::reason_of(appraise_document(known.bytes, policy, Time::from_seconds(november_2026))),
              "certificate_expired");
    EXPECT_EQ(test::reason_of(
                  appraise_document(known.bytes, policy, Time::from_seconds(known.time().seconds() - 10 * 86400))),
              "certificate_expired");
    if (!result) continue;
    ++passed;
    EXPECT_EQ(result->version, "theirs");
    EXPECT_FALSE(result->development);
    EXPECT_EQ(result->unchecked, (std::vector<std::string>{"models", "configuration", "keys", "binding", "nonce"}));
    EXPECT_TRUE(result->models.empty());
    const Ear outcome{.outcome = *result, .policy = policy.digest(), .issued = known.time()};
    const auto ear = Json::parse(outcome.to_json());
    EXPECT_EQ(ear["submods"]["enclave"]["ear.status"], "warning");  // much was not checked
    if (const auto claims = attestation::parse_unverified(known.bytes)->claims; claims.nonce) {
      EXPECT_EQ(test::reason_of(appraise_document(known.bytes, policy, known.time(), View(*claims.nonce))), "accepted");
    }
    EXPECT_EQ(test::reason_of(appraise_document(known.bytes, policy, known.time(), View(Array<32>{}))),
              "nonce_mismatch");
  }
  EXPECT_GE(passed, 5U);
}

// What a foreign document lacks of ours is said before its debug mode.
TEST_F(RealDocuments, UnderProfileGlovebox) {
  for (const Known& known : documents_) {
    SCOPED_TRACE(known.file);
    const auto result = appraise_document(known.bytes, policy_for(known, Profile::glovebox), known.time());
    EXPECT_EQ(test::reason_of(result), known.good_signature() ? "pcr_absent" : "evidence_signature_invalid");
  }
}

TEST_F(RealDocuments, AnotherMeasurementIsUnknown) {
  for (const Known& known : documents_) {
    if (known.debug() || !known.good_signature()) continue;
    for (std::size_t i = 0; i < 3; ++i) {
      EvidencePolicy policy = policy_for(known, Profile::none);
      policy.measurements[0].pcrs[i][47] ^= 1;
      EXPECT_EQ(test::reason_of(appraise_document(known.bytes, policy, known.time())), "measurement_unknown")
          << known.file;
    }
  }
}

// A document is a stack of boxes in boxes; whatever byte of it changes, it is no longer accepted, but for cabundle[0],
// which is ignored, and the outer frame. GLOVEBOX_EXHAUSTIVE=1 tries every byte, else every seventh.
TEST_F(RealDocuments, NoChangedByteOfWhatIsSignedPasses) {
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 7;
  for (const Known& known : documents_) {
    if (known.debug() || !known.good_signature()) continue;
    const EvidencePolicy policy = policy_for(known, Profile::none);
    const auto document = attestation::parse_unverified(known.bytes);
    const auto begin = static_cast<std::size_t>(document->cose.payload.data() - known.bytes.data());
    for (std::size_t i = begin; i < known.bytes.size(); i += step) {
      Bytes changed = known.bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
      EXPECT_NE(test::reason_of(appraise_document(changed, policy, known.time())), "accepted")
          << known.file << " byte " << i;
    }
    if (step != 1) break;
  }
}

TEST(AwsRoot, IsThePinnedOne) {
  const auto root = crypto::Certificate::parse(aws_nitro_root());
  ASSERT_TRUE(root);
  EXPECT_EQ(root->digest(), aws_nitro_root_sha256());
  EXPECT_EQ(to_hex(aws_nitro_root_sha256()), "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b");
  EXPECT_EQ(to_rfc3339(root->fields().not_after), "2049-10-28T14:28:05Z");
}
}  // namespace
}  // namespace glovebox::verifier
