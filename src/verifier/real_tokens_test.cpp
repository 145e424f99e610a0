// The tokens of Arm PSA and Arm CCA that other projects publish, under the keys that they publish beside them. Nobody's
// hardware made them; their forms are those that hardware's software writes.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "attestation/arm_tokens.h"
#include "support.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"

namespace glovebox::verifier {
namespace {
using attestation::ArmComponent;
using attestation::CcaToken;
using attestation::Platform;
using attestation::PsaToken;
namespace arm = attestation::arm;

std::filesystem::path folder() {
  return test::shared() / "vectors/arm-cca-psa";
}

// The public half of a key in a JWK.
crypto::PlatformKey jwk(const std::string& file) {
  const auto json = nlohmann::json::parse(text_of(test::read(folder() / file)));
  const auto number = [&](const char* name) { return from_base64url(json.at(name).get<std::string>()).value(); };
  return crypto::PlatformKey::from_point(concat({Bytes{4}, number("x"), number("y")})).value();
}

// The public half of an ECPrivateKey in PEM (RFC 5915): the point stands last in it.
crypto::PlatformKey pem(const std::string& file) {
  const Bytes bytes = test::read(folder() / file);
  std::string base64;
  for (std::size_t at = text_of(bytes).find('\n') + 1; bytes[at] != '-'; ++at)
    if (bytes[at] != '\n') base64 += static_cast<char>(bytes[at]);
  const Bytes der = from_base64(base64).value();
  return crypto::PlatformKey::from_point(View(der).last(65)).value();
}

struct Known {
  std::string file;
  std::string key;
  bool cca;

  Platform platform() const { return cca ? Platform::arm_cca : Platform::arm_psa; }
  crypto::PlatformKey signer() const { return key.ends_with(".pem") ? pem(key) : jwk(key); }
  Bytes bytes() const { return test::read(folder() / file); }
};
const std::vector<Known> all = {
    {"trustee-cca-example-token.cbor", "trustee-cpak-pub.json", true},
    {"veraison-arm-cca-evidence-cca-good.cbor", "veraison-arm-cca-evidence-src-ec.p256.jwk", true},
    {"veraison-end-to-end-input-cca-evidence.cbor", "veraison-arm-cca-evidence-src-ec.p256.jwk", true},
    {"veraison-end-to-end-input-psa-evidence.cbor", "veraison-psa-iot-token-ec.p256.jwk", false},
    {"veraison-psa-iot-psa-token.cbor", "veraison-psa-iot-key.pem", false},
    {"veraison-psa-iot-psaintegtoken.cbor", "veraison-psa-iot-token-ec.p256.jwk", false},
    {"veraison-psa-iot-token-psa.good.cose", "veraison-psa-iot-token-ec.p256.jwk", false},
};

// policy_for enrols the token's key, and lists what the token says of itself.
EvidencePolicy policy_for(const Known& known) {
  EvidencePolicy p;
  p.profile = Profile::none;
  p.freshness_seconds = 300;
  ArmRules rules;
  const auto enrol = [&](View instance, View implementation, const std::vector<ArmComponent>& components) {
    rules.keys = {{.name = "theirs", .spki = known.signer().spki(), .instance = fixed<33>(instance).value()}};
    rules.implementations = {fixed<32>(implementation).value()};
    ArmSoftware software{.version = "theirs", .components = {}};
    for (const ArmComponent& c : components)
      software.components.push_back({c.type.value_or(""), c.signer, c.measurement});
    std::ranges::sort(software.components);
    rules.software = {software};
  };
  if (known.cca) {
    const auto token = CcaToken::parse(known.bytes()).value();
    const auto& platform = token.platform.claims;
    enrol(platform.bytes(arm::instance), platform.bytes(arm::implementation),
          *platform.find<std::vector<ArmComponent>>(arm::components));
    rules.realms = {{.version = "theirs",
                     .initial = to_bytes(token.realm.claims.bytes(arm::initial)),
                     .extensible = *token.realm.claims.find<std::vector<Bytes>>(arm::extensible)}};
    p.platforms = {"arm-cca"};
    p.arm_cca = rules;
  } else {
    const auto token = PsaToken::parse(known.bytes()).value();
    const auto& claims = token.token.claims;
    enrol(claims.bytes(token.of(arm::instance)), claims.bytes(token.of(arm::implementation)),
          *claims.find<std::vector<ArmComponent>>(token.of(arm::components)));
    p.platforms = {"arm-psa"};
    p.arm_psa = rules;
  }
  return p;
}

class RealTokens : public testing::Test {
 protected:
  void SetUp() override { GLOVEBOX_NEEDS(folder() / "trustee-cca-example-token.cbor"); }
  static Result<AttestationResult> judge(View bytes, const Known& known, const EvidencePolicy& policy,
                                         std::optional<View> nonce = {}) {
    return appraise_document(bytes, policy, Time::from_seconds(1'780'000'000), nonce, known.platform());
  }
};

TEST_F(RealTokens, AreAcceptedUnderTheirKeysAndNoOther) {
  for (const Known& known : all) {
    SCOPED_TRACE(known.file);
    EvidencePolicy policy = policy_for(known);
    ASSERT_TRUE(policy.check()) << describe(policy.check().error());
    EXPECT_EQ(EvidencePolicy::from_cbor(policy.to_cbor()).value(), policy);
    const Bytes bytes = known.bytes();
    const auto result = judge(bytes, known, policy);
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->version, "theirs");
    EXPECT_FALSE(result->development);
    for (const char* what : {"maker", "nonce", "time", "models"})
      EXPECT_TRUE(std::ranges::contains(result->unchecked, what)) << what;
    EXPECT_NE(explain(*result).find("because you enrolled it"), std::string::npos);

    ArmRules& rules = known.cca ? *policy.arm_cca : *policy.arm_psa;
    rules.keys.front().spki = crypto::PlatformSigner::generate(crypto::PlatformKeyKind::p256).public_key().spki();
    EXPECT_EQ(test::reason_of(judge(bytes, known, policy)), "evidence_signature_invalid");
    EXPECT_EQ(attestation::platform_of(attestation::recognise(bytes)), known.platform());
    EXPECT_TRUE(overview(bytes).form);
  }
}

TEST_F(RealTokens, TheirNonces) {
  for (const Known& known : all) {
    SCOPED_TRACE(known.file);
    const EvidencePolicy policy = policy_for(known);
    Bytes nonce;
    if (known.cca) {
      nonce = to_bytes(CcaToken::parse(known.bytes()).value().realm.claims.bytes(arm::nonce));
    } else {
      const auto token = PsaToken::parse(known.bytes()).value();
      nonce = to_bytes(token.token.claims.bytes(token.of(arm::nonce)));
    }
    EXPECT_EQ(test::reason_of(judge(known.bytes(), known, policy, nonce)), "accepted");
    nonce.back() ^= 1;
    EXPECT_EQ(test::reason_of(judge(known.bytes(), known, policy, nonce)), "nonce_mismatch");
  }
}

TEST_F(RealTokens, RulesHoldAgainstThem) {
  for (const Known& known : all) {
    SCOPED_TRACE(known.file);
    const auto with = [&](const std::function<void(ArmRules&)>& change) {
      EvidencePolicy policy = policy_for(known);
      change(known.cca ? *policy.arm_cca : *policy.arm_psa);
      EXPECT_TRUE(policy.check()) << describe(policy.check().error());
      return test::reason_of(judge(known.bytes(), known, policy));
    };
    EXPECT_EQ(with([](ArmRules& r) { (*r.keys[0].instance)[32] ^= 1; }), "chip_unknown");
    EXPECT_EQ(with([](ArmRules& r) { r.implementations[0][0] ^= 1; }), "chip_unknown");
    EXPECT_EQ(with([](ArmRules& r) { r.software[0].components.pop_back(); }),
              known.cca ? "firmware_unknown" : "measurement_unknown");
    if (known.cca) {
      EXPECT_EQ(with([](ArmRules& r) { r.realms[0].initial[0] ^= 1; }), "measurement_unknown");
      EXPECT_EQ(with([](ArmRules& r) { r.realms[0].extensible[3][0] ^= 1; }), "measurement_unknown");
    }
  }
}

// One bit in each byte: of the claims, the signatures and the envelopes.
// GLOVEBOX_EXHAUSTIVE=1 tries every byte of every token, else every 31st of each.
TEST_F(RealTokens, NoChangedBitPasses) {
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 31;
  for (const Known& known : all) {
    const EvidencePolicy policy = policy_for(known);
    const Bytes bytes = known.bytes();
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
      const auto result = judge(changed, known, policy);
      ASSERT_FALSE(result) << known.file << " byte " << i;
      EXPECT_TRUE(exit_code(result.error().reason) == Exit::evidence_refused ||
                  result.error().reason == Reject::truncated)
          << describe(result.error());
    }
  }
}

TEST_F(RealTokens, EveryShorterPrefixIsTruncatedAndNothingMayFollow) {
  for (const Known& known : all) {
    const EvidencePolicy policy = policy_for(known);
    const Bytes bytes = known.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_EQ(test::reason_of(judge(View(bytes).first(size), known, policy)), "truncated") << known.file << size;
    EXPECT_EQ(test::reason_of(judge(concat({bytes, Bytes{0}}), known, policy)), "evidence_malformed");
  }
}

// A realm's token beside the platform's token of another: both are good, and they are not of each other.
TEST_F(RealTokens, PartsOfTwoTokensAreNoToken) {
  const auto good = CcaToken::parse(all[1].bytes()).value();
  const auto other = CcaToken::parse(all[2].bytes()).value();
  const Bytes mixed = attestation::cca_document(good.platform.bytes, other.realm.bytes);
  EXPECT_EQ(test::reason_of(judge(mixed, all[1], policy_for(all[1]))), "parts_mismatch");
}
}  // namespace
}  // namespace glovebox::verifier
