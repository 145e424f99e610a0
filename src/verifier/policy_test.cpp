#include "verifier/policy.h"

#include "support.h"
#include "verifier/nitro_verify.h"
#include "verifier/policy_new.h"
#include "verifier/policy_toml.h"
#include "verifier/reference_values_file.h"

namespace glovebox::verifier {
namespace {
// The digest of what this text says, whatever its comments, order and spelling.
constexpr std::string_view first = R"(
[evidence]
profile = "glovebox"
platforms = ["nitro"]
freshness_seconds = 300
kems = ["x-wing", "x25519"]
configuration = "3333333333333333333333333333333333333333333333333333333333333333"
[[evidence.roots]]
name = "AWS Nitro Enclaves G1"
sha256 = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"
[[evidence.measurements]]
version = "0.1.0"
root = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"
pcr0 = "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
pcr1 = "222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
pcr2 = "333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
[[evidence.models]]
name = "genomic_risk_v1"
digest = "4444444444444444444444444444444444444444444444444444444444444444"
[[evidence.brokers]]
name = "clinic"
identity = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
[release]
purpose = "risk-score"
not_before = "2026-11-21T00:00:00Z"
not_after = "2027-11-21T00:00:00Z"
maximum_uses = 10
output_forms = ["table", "score"]
requesters = []
)";
// The same, said in another way.
constexpr std::string_view second = R"(
release = { requesters = [], output_forms = ["score", "table"], maximum_uses = 0xA, not_after = "2027-11-21T00:00:00Z", not_before = "2026-11-21T00:00:00Z", purpose = 'risk-score' }
[evidence]  # a comment
kems = ["x25519", "x-wing"]
freshness_seconds = 3_00
platforms = [
  "nitro",
]
configuration = "3333333333333333333333333333333333333333333333333333333333333333"
profile = "glovebox"
brokers = [{ url = "https://broker.example", name = "clinic", identity = "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A" }]
models = [{ digest = "4444444444444444444444444444444444444444444444444444444444444444", name = "genomic_risk_v1" }]
[[evidence.measurements]]
pcr2 = "333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
pcr1 = "222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
pcr0 = "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
root = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"
version = "0.1.0"
[[evidence.roots]]
test = false
sha256 = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"
name = "AWS Nitro Enclaves G1"
)";
PolicyFile good() {
  return parse_policy(view_of(first)).value();
}

TEST(Policy, ReadsWhatThePersonWrote) {
  const PolicyFile p = good();
  EXPECT_EQ(p.evidence.freshness_seconds, 300U);
  EXPECT_EQ(p.evidence.kems, (std::vector{crypto::Kem::x25519, crypto::Kem::x_wing}));
  EXPECT_FALSE(p.evidence.development());
  ASSERT_EQ(p.evidence.measurements.size(), 1U);
  EXPECT_EQ(p.evidence.measurements[0].pcrs[1][0], 0x22);
  EXPECT_EQ(p.evidence.model("genomic_risk_v1")->digest[0], 0x44);
  EXPECT_EQ(p.evidence.model("other"), nullptr);
  ASSERT_TRUE(p.release);
  EXPECT_EQ(p.release->maximum_uses, 10U);
  EXPECT_EQ(to_rfc3339(*p.release->not_after), "2027-11-21T00:00:00Z");
}

TEST(Policy, OneDigestForOneMeaning) {
  const auto other = parse_policy(view_of(second));
  ASSERT_TRUE(other) << describe(other.error());
  EXPECT_EQ(other->evidence.to_cbor(), good().evidence.to_cbor());
  EXPECT_EQ(other->evidence.digest(), good().evidence.digest());
  EXPECT_EQ(other->release, good().release);
  EXPECT_EQ(other->evidence.brokers[0].url, "https://broker.example");
}

TEST(Policy, DeterministicForm) {
  const EvidencePolicy p = good().evidence;
  const Bytes bytes = p.to_cbor();
  EXPECT_EQ(*EvidencePolicy::from_cbor(bytes), p);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(test::reason_of(EvidencePolicy::from_cbor(View(bytes).first(size))), "policy_invalid");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    if (const auto parsed = EvidencePolicy::from_cbor(changed)) {
      EXPECT_EQ(parsed->to_cbor(), changed);
      EXPECT_NE(parsed->digest(), p.digest());
    }
  }
  // Computed from the page of the specification by another program.
  EXPECT_EQ(to_hex(p.digest()), "8c0c748d2068908abe23a2a805039c6071baa9d6d84bb240c9824ee64cce75ef");
}

TEST(Policy, ProfileNoneSaysNothingThatNothingChecks) {
  EvidencePolicy p = good().evidence;
  p.profile = Profile::none;
  EXPECT_EQ(test::reason_of(p.check()), "policy_invalid");
  p.kems.clear();
  p.models.clear();
  p.brokers.clear();
  EXPECT_EQ(test::reason_of(p.check()), "policy_invalid");
  p.configuration = {};
  EXPECT_EQ(test::reason_of(p.check()), "accepted");
  EXPECT_EQ(*EvidencePolicy::from_cbor(p.to_cbor()), p);
}

// tests/vectors/policy: one file, one fault; the name begins with the reason.
TEST(Policy, BadVectors) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::vectors() / "policy")) {
    if (entry.path().extension() != ".toml") continue;
    const std::string name = entry.path().stem().string();
    const auto parsed = parse_policy(test::read(entry.path()));
    EXPECT_EQ(test::reason_of(parsed), name.substr(0, name.find('-'))) << name;
    ++count;
  }
  EXPECT_GE(count, 10U);
}

TEST(Policy, EveryLineCounts) {
  // Without any one of its lines the text says less (policy_empty), or is none (policy_invalid); but for these.
  const std::vector<std::string> optional = {"not_before", "not_after", "maximum_uses", "requesters"};
  std::string text(first);
  std::size_t refused = 0;
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    const auto parsed = parse_policy(view_of(text.substr(0, at) + text.substr(end)));
    const bool may = std::ranges::any_of(optional, [&](const auto& key) { return line.starts_with(key); });
    EXPECT_EQ(parsed.has_value(), may) << line << (parsed ? "" : describe(parsed.error()));
    if (!parsed) {
      EXPECT_TRUE(parsed.error().reason == Reject::policy_empty || parsed.error().reason == Reject::policy_invalid)
          << line;
      ++refused;
    }
    at = end;
  }
  EXPECT_GT(refused, 20U);
  EXPECT_EQ(test::reason_of(parse_policy(view_of(text + std::string(policy_size_max, '#')))), "too_large");
  EXPECT_EQ(test::reason_of(parse_policy({})), "policy_empty");
}

attestation::ReferenceValues values() {
  attestation::ReferenceValues v;
  v.version = "0.1.0 \"quoted\\\"\n";
  v.configuration.fill(0x33);
  for (auto& pcr : v.pcrs) pcr.fill(0x11);
  v.root_name = std::string(aws_nitro_root_name);
  v.root_sha256 = aws_nitro_root_sha256();
  return v;
}

TEST(ReferenceValues, RoundTrip) {
  const auto parsed = parse_reference_values(view_of(values().to_toml()));
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(*parsed, values());
}

TEST(ReferenceValues, Refused) {
  attestation::ReferenceValues v = values();
  v.pcrs[2] = {};
  EXPECT_EQ(test::reason_of(parse_reference_values(view_of(v.to_toml()))), "policy_invalid");
  v = values();
  v.test_root = Bytes{1, 2, 3};  // of another digest
  EXPECT_EQ(test::reason_of(parse_reference_values(view_of(v.to_toml()))), "policy_invalid");
  EXPECT_EQ(test::reason_of(parse_reference_values(view_of(values().to_toml() + "extra = 1\n"))), "policy_invalid");
  EXPECT_EQ(test::reason_of(parse_reference_values(view_of("[reference]\nplatform = \"nitro\"\n"))), "policy_empty");
}

TEST(PolicyNew, IsAPolicyWithACommentAtEveryLine) {
  const std::vector<ModelReference> models = {{.name = "genomic_risk_v1", .digest = Digest{4}},
                                              {.name = "credit", .digest = Digest{5}}};
  const std::vector<BrokerReference> brokers = {
      {.name = "clinic", .identity = good().evidence.brokers[0].identity, .url = "https://broker.example"}};
  const auto text = policy_new(values(), models, brokers);
  ASSERT_TRUE(text) << describe(text.error());
  const auto parsed = parse_policy(view_of(*text));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->evidence.models, models);
  EXPECT_EQ(parsed->evidence.brokers, brokers);
  EXPECT_EQ(parsed->evidence.measurements[0].version, values().version);
  EXPECT_TRUE(parsed->release);
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = text->find('\n', at);
    const std::string line = text->substr(at, end - at);
    if (!line.empty() && line != "[evidence]") {
      EXPECT_NE(line.find('#'), std::string::npos) << line;
    }
    at = end + 1;
  }
  EXPECT_EQ(test::reason_of(policy_new(values(), {}, brokers)), "policy_empty");
}
}  // namespace
}  // namespace glovebox::verifier
