// Each rejection of evidence at least once, on documents that a virtual NSM signed; the verifier is the production one.
#include "verifier/appraise.h"

#include <nlohmann/json.hpp>

#include "crypto/cose.h"
#include "support.h"
#include "verifier/ear.h"
#include "verifier/explain.h"
#include "verifier/nitro_verify.h"
#include "world.h"

namespace glovebox::verifier {
namespace {
using attestation::Evidence;
using attestation::KeySet;
using attestation::NitroClaims;
using attestation::Purpose;
using test::filled;
using test::World;

std::string reason(const Evidence& e, const World& w, const EvidencePolicy& p) {
  return test::reason_of(appraise(e, w.expected(), p, w.now));
}
std::string reason(const Evidence& e, const World& w) {
  return reason(e, w, w.policy());
}

TEST(Appraise, GoodEvidenceSaysWhatItIs) {
  World w;
  const auto result = appraise(w.evidence(), w.expected(), w.policy(), w.now);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->platform, "nitro");
  EXPECT_TRUE(result->development);
  EXPECT_EQ(result->version, "1.0");
  EXPECT_EQ(result->models.size(), 2U);
  EXPECT_EQ(result->configuration, w.configuration);
  EXPECT_EQ(result->purpose, Purpose::client);
  EXPECT_EQ(result->hpke, w.hpke.public_key());
  EXPECT_EQ(result->receipt, w.receipt.public_key());
  EXPECT_EQ(result->binding, w.evidence().binding());
  EXPECT_EQ(result->time, w.now);
  EXPECT_EQ(result->policy, w.policy().digest());
  EXPECT_TRUE(result->unchecked.empty());
  EXPECT_NE(explain(*result).find("DEVELOPMENT ENCLAVE: no hardware protection"), std::string::npos);
  const auto ear = nlohmann::json::parse(Ear{.outcome = *result, .policy = {}, .issued = w.now}.to_json());
  EXPECT_EQ(ear["submods"]["enclave"]["ear.status"], "contraindicated");  // a test root affirms nothing
  EXPECT_EQ(ear["submods"]["enclave"]["glovebox.development"], true);
}

TEST(Appraise, MessageSurvivesItsForm) {
  World w;
  const auto parsed = Evidence::parse(w.evidence().encode());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(reason(*parsed, w), "accepted");
}

TEST(Appraise, OtherPurposes) {
  World w;
  const auto keys = KeySet::of(w.hpke.public_key());
  const attestation::ReleaseContext release{
      .request = Digest{1}, .wrapped_key = Digest{2}, .broker = w.receipt.public_key()};
  const Evidence e = *w.attester->attest(w.nonce, keys, release);
  Expected expected{.purpose = Purpose::release, .nonce = w.nonce, .context = release};
  EXPECT_EQ(test::reason_of(appraise(e, expected, w.policy(), w.now)), "accepted");
  EXPECT_EQ(reason(e, w), "purpose_mismatch");
  expected.purpose = Purpose::model;
  expected.context.reset();
  EXPECT_EQ(test::reason_of(appraise(e, expected, w.policy(), w.now)), "purpose_mismatch");
  // The broker's own request, or key, or identity in the context: anything else is another release.
  attestation::ReleaseContext other = release;
  other.request[0] ^= 1;
  expected = {.purpose = Purpose::release, .nonce = w.nonce, .context = other};
  EXPECT_EQ(test::reason_of(appraise(e, expected, w.policy(), w.now)), "binding_mismatch");
  // Client evidence shown as a release's: relabelled, it no longer binds.
  Evidence relabelled = w.evidence();
  relabelled.context = release;
  relabelled.keys = keys;
  expected.context = release;
  EXPECT_EQ(test::reason_of(appraise(relabelled, expected, w.policy(), w.now)), "binding_mismatch");
  const attestation::ModelContext model{.bundle = Digest{1}, .broker = w.receipt.public_key()};
  EXPECT_EQ(
      test::reason_of(appraise(*w.attester->attest(w.nonce, keys, model),
                               {.purpose = Purpose::model, .nonce = w.nonce, .context = model}, w.policy(), w.now)),
      "accepted");
}

TEST(Appraise, Nonce) {
  World w;
  EXPECT_EQ(reason(*w.attester->attest(filled<32>(0x78), w.keys(), w.context()), w), "nonce_mismatch");
  EXPECT_EQ(reason(*w.attester->attest(View(w.nonce).first(31), w.keys(), w.context()), w), "nonce_mismatch");
  EXPECT_EQ(reason(*w.attester->attest(concat({w.nonce, Bytes{0}}), w.keys(), w.context()), w), "nonce_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.nonce.reset(); }), w), "nonce_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.nonce = Bytes(31, 0x77); }), w), "nonce_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.nonce = Bytes(33, 0x77); }), w), "nonce_mismatch");
  Evidence e = w.evidence();  // a true document with another nonce written beside it
  e.nonce[0] ^= 1;
  EXPECT_EQ(reason(e, w), "nonce_mismatch");
}

TEST(Appraise, Binding) {
  World w;
  World other;  // a relay: another enclave's true document with keys of one's own
  other.receipt = crypto::SigningKey::generate();
  Evidence relay = w.evidence();
  relay.keys = other.keys();
  EXPECT_EQ(reason(relay, w), "binding_mismatch");
  Evidence context = w.evidence();
  std::get<attestation::ClientContext>(context.context).configuration[0] ^= 1;
  EXPECT_EQ(reason(context, w), "binding_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.user_data.reset(); }), w), "binding_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.user_data->pop_back(); }), w), "binding_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.public_key.reset(); }), w), "binding_mismatch");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { (*c.public_key)[0] ^= 1; }), w), "binding_mismatch");
}

TEST(Appraise, Freshness) {
  World w;
  const Evidence e = w.evidence();
  const auto at = [&](std::int64_t milliseconds) {
    return test::reason_of(appraise(e, w.expected(), w.policy(), Time{w.now.milliseconds + milliseconds}));
  };
  EXPECT_EQ(at(300'000), "accepted");
  EXPECT_EQ(at(300'001), "evidence_stale");
  const auto dated = [&](std::int64_t milliseconds) {
    return reason(w.forged([&](NitroClaims& c) { c.timestamp.milliseconds += milliseconds; }), w);
  };
  EXPECT_EQ(dated(300'000), "accepted");
  EXPECT_EQ(dated(300'001), "evidence_stale");
  EXPECT_EQ(dated(-300'001), "evidence_stale");
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.timestamp.milliseconds /= 1000; }), w),
            "evidence_stale");  // seconds
}

TEST(Appraise, Registers) {
  World w;
  const auto with = [&](auto&& change) { return reason(w.forged([&](NitroClaims& c) { change(c.pcrs); }), w); };
  for (const std::uint8_t index : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}}) {
    EXPECT_EQ(with([&](auto& pcrs) { pcrs[index] = {}; }), "debug_enclave");
    EXPECT_EQ(with([&](auto& pcrs) { pcrs.erase(index); }), "pcr_absent");
    EXPECT_EQ(with([&](auto& pcrs) { pcrs[index][0] ^= 1; }), "measurement_unknown");
  }
  for (const std::uint8_t index : {attestation::pcr_models, attestation::pcr_configuration}) {
    EXPECT_EQ(with([&](auto& pcrs) { pcrs[index] = {}; }), "pcr_zero");
    EXPECT_EQ(with([&](auto& pcrs) { pcrs.erase(index); }), "pcr_absent");
  }
  EXPECT_EQ(with([&](auto& pcrs) { pcrs[16][47] ^= 1; }), "model_unknown");
  EXPECT_EQ(with([&](auto& pcrs) { pcrs[17][47] ^= 1; }), "configuration_unknown");
  EXPECT_EQ(with([&](auto& pcrs) { pcrs[20] = filled<48>(1); }), "accepted");  // not ours
  // An enclave that measured nothing has nothing locked to show.
  World bare(false);
  EXPECT_EQ(reason(bare.evidence(), bare), "pcr_absent");
}

TEST(Appraise, DebugWhateverThePolicyLists) {
  World w;
  EvidencePolicy p = w.policy();
  p.measurements[0].pcrs[0] = {};
  EXPECT_EQ(reason(w.forged([](NitroClaims& c) { c.pcrs[0] = {}; }), w, p), "policy_invalid");  // cannot even be listed
}

TEST(Appraise, ModelsAndConfiguration) {
  World w;
  const Evidence e = w.evidence();
  EvidencePolicy p = w.policy();
  p.models.pop_back();  // the enclave holds one more
  EXPECT_EQ(reason(e, w, p), "model_unknown");
  p = w.policy();
  p.models.push_back({.name = "c", .digest = filled<32>(0x44)});  // the enclave holds one fewer
  EXPECT_EQ(reason(e, w, p), "model_unknown");
  p = w.policy();
  p.models[0].digest[0] ^= 1;
  EXPECT_EQ(reason(e, w, p), "model_unknown");
  p = w.policy();
  p.configuration[0] ^= 1;
  EXPECT_EQ(reason(e, w, p), "configuration_unknown");
  // A context that says other than the registers hold.
  attestation::ClientContext context = std::get<attestation::ClientContext>(w.context());
  context.models.pop_back();
  EXPECT_EQ(reason(*w.attester->attest(w.nonce, w.keys(), context), w), "model_unknown");
  context = std::get<attestation::ClientContext>(w.context());
  context.configuration[0] ^= 1;
  EXPECT_EQ(reason(*w.attester->attest(w.nonce, w.keys(), context), w), "configuration_unknown");
}

TEST(Appraise, Kem) {
  World w;
  EvidencePolicy p = w.policy();
  p.kems = {crypto::Kem::x_wing};
  EXPECT_EQ(reason(w.evidence(), w, p), "kem_not_allowed");
  const auto unknown =
      *KeySet::create({{"hpke", 0x0010, Bytes(65, 4)}, {"receipt", 8, to_bytes(w.receipt.public_key().bytes)}});
  EXPECT_EQ(reason(*w.attester->attest(w.nonce, unknown, w.context()), w), "kem_not_allowed");
  const auto xwing = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  EXPECT_EQ(
      reason(*w.attester->attest(w.nonce, KeySet::of(xwing.public_key(), w.receipt.public_key()), w.context()), w, p),
      "accepted");
}

TEST(Appraise, KeysThatAreNotThePurposes) {
  World w;
  const Bytes receipt = to_bytes(w.receipt.public_key().bytes);
  const Bytes hpke = w.hpke.public_key().bytes();
  const auto with = [&](std::vector<attestation::Key> keys) {
    return reason(*w.attester->attest(w.nonce, *KeySet::create(std::move(keys)), w.context()), w);
  };
  EXPECT_EQ(with({{"hpke", 0x20, hpke}, {"receipt", 8, receipt}}), "accepted");
  EXPECT_EQ(with({{"hpke", 0x20, hpke}}), "evidence_malformed");
  EXPECT_EQ(with({{"receipt", 8, receipt}}), "evidence_malformed");
  EXPECT_EQ(with({{"hpke", 0x20, hpke}, {"receipt", 8, receipt}, {"z", 1, receipt}}), "evidence_malformed");
  EXPECT_EQ(with({{"hpke", 0x20, hpke}, {"receipt", 7, receipt}}), "evidence_malformed");
  EXPECT_EQ(with({{"hpke", 0x20, hpke}, {"receipt", 8, Bytes(32, 0)}}), "evidence_malformed");  // of small order
  EXPECT_EQ(with({{"hpke", 0x20, Bytes(31, 9)}, {"receipt", 8, receipt}}), "evidence_malformed");
}

TEST(Appraise, Platforms) {
  World w;
  Evidence e = w.evidence();
  e.media_type = "application/vnd.amd.sev.snp";
  EXPECT_EQ(reason(e, w), "platform_unknown");
}

TEST(Appraise, PoliciesThatAcceptNothing) {
  World w;
  World other;
  const Evidence e = w.evidence();
  EvidencePolicy p = w.policy();
  p.profile = Profile::none;
  EXPECT_EQ(reason(e, w, p), "policy_invalid");
  p = w.policy();
  p.roots.push_back({.name = "AWS", .sha256 = aws_nitro_root_sha256()});
  EXPECT_EQ(reason(e, w, p), "mixed_roots");
  EXPECT_EQ(reason(e, w, EvidencePolicy{}), "policy_empty");
  EXPECT_EQ(reason(e, w, other.policy()), "root_unknown");
  // A measurement counts only under its root: two test roots, the measurement under the one that did not sign.
  p = w.policy();
  p.roots.push_back(other.policy().roots[0]);
  EXPECT_EQ(reason(e, w, p), "accepted");
  p.measurements = other.policy().measurements;
  const auto refused = appraise(e, w.expected(), p, w.now);
  EXPECT_EQ(test::reason_of(refused), "measurement_unknown");
  EXPECT_NE(refused.error().hint.find("under another root"), std::string::npos);
  // A production policy takes no development evidence.
  p = w.policy();
  p.roots = {{.name = "AWS", .sha256 = aws_nitro_root_sha256()}};
  p.measurements[0].root = aws_nitro_root_sha256();
  EXPECT_EQ(reason(e, w, p), "root_unknown");
  Expected kms = w.expected();
  kms.purpose = Purpose::kms;
  EXPECT_EQ(test::reason_of(appraise(e, kms, w.policy(), w.now)), "unsupported");
}

TEST(Appraise, UnsignedDocumentsAreNeverAccepted) {
  // What an emulator answers: algorithm -1, no certificates, a signature of zeros; under every policy we can write.
  World w;
  Evidence e = w.evidence();
  const auto claims = attestation::parse_unverified(e.document)->claims;
  for (const std::size_t size : {64U, 96U}) {
    for (const Bytes& header : {Bytes{0xa1, 0x01, 0x20}, Bytes{0xa1, 0x01, 0x38, 0x22}, Bytes{0xa0}, Bytes{}}) {
      e.document = cbor::Writer().array(4).bstr(header).map(0).bstr(claims.encode()).bstr(Bytes(size)).take();
      EXPECT_NE(reason(e, w), "accepted");
      EvidencePolicy none = w.policy();
      none.profile = Profile::none;
      none.kems.clear();
      none.models.clear();
      none.configuration = {};
      EXPECT_NE(test::reason_of(appraise_document(e.document, none, w.now)), "accepted");
    }
  }
}

// flips: one bit in each byte from the first of the document to the last. Nothing that is signed may change; of the
// rest, only what carries no meaning.
TEST(Appraise, NoChangedBitOfADocumentPasses) {
  World w;
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 5;
  const Evidence good = w.evidence();
  for (std::size_t i = 0; i < good.document.size(); i += step) {
    Evidence e = good;
    e.document[i] = static_cast<std::uint8_t>(e.document[i] ^ (1U << (i % 8)));
    const auto result = appraise(e, w.expected(), w.policy(), w.now);
    EXPECT_FALSE(result) << "byte " << i;
    if (!result) {
      EXPECT_EQ(exit_code(result.error().reason), Exit::evidence_refused) << describe(result.error());
    }
  }
}

TEST(Appraise, EveryShorterPrefixIsRefused) {
  World w;
  const Evidence good = w.evidence();
  for (std::size_t size = 0; size < good.document.size(); ++size) {
    Evidence e = good;
    e.document.resize(size);
    EXPECT_EQ(reason(e, w), "evidence_malformed") << size;
  }
  Evidence e = good;
  e.document.push_back(0);
  EXPECT_EQ(reason(e, w), "evidence_malformed");
}

TEST(Explain, NamesTheStep) {
  World w;
  const auto refused =
      appraise(*w.attester->attest(filled<32>(0x78), w.keys(), w.context()), w.expected(), w.policy(), w.now);
  const std::string text = explain(refused.error());
  EXPECT_NE(text.find("evidence refused: nonce_mismatch"), std::string::npos) << text;
  EXPECT_NE(text.find("ok     signature of the platform"), std::string::npos) << text;
  EXPECT_NE(text.find("FAILED made for this nonce"), std::string::npos) << text;
  EXPECT_NE(text.find("-      version, models and configuration"), std::string::npos) << text;
  EXPECT_NE(text.find("found:    7878"), std::string::npos) << text;
  EXPECT_NE(text.find("expected: 7777"), std::string::npos) << text;
}
}  // namespace
}  // namespace glovebox::verifier
