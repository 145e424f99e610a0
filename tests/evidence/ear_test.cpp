// Attestation results as tokens, and wrappers of evidence.
#include <nlohmann/json.hpp>

#include "attestation/cmw.h"
#include "support.h"
#include "verifier/ear.h"
#include "verifier/explain.h"
#include "world.h"

namespace glovebox::verifier {
namespace {
using Json = nlohmann::json;

Ear ear_of(test::World& w, Result<AttestationResult> outcome) {
  return {.outcome = std::move(outcome), .policy = w.policy().digest(), .issued = w.now};
}

TEST(Ear, JwtSaysWhatWasAccepted) {
  test::World w;
  const Ear ear = ear_of(w, appraise(w.evidence(), w.expected(), w.policy(), w.now));
  const auto key = crypto::SigningKey::generate();
  const std::string token = ear.jwt(key);
  const auto claims = open_ear_jwt(token, key.public_key());
  ASSERT_TRUE(claims);
  const Json json = Json::parse(*claims);
  EXPECT_EQ(json["iat"], w.now.seconds());
  const Json& enclave = json["submods"]["enclave"];
  EXPECT_EQ(enclave["ear.status"], "contraindicated");  // a test root
  EXPECT_EQ(enclave["ear.trustworthiness-vector"]["hardware"], 96);
  EXPECT_EQ(enclave["ear.trustworthiness-vector"]["executables"], 2);
  EXPECT_EQ(enclave["ear.trustworthiness-vector"].size(), trust_claims);
  EXPECT_EQ(enclave["glovebox.measurements"]["pcr0"], to_hex(test::image_registers().at(0)));
  EXPECT_EQ(enclave["glovebox.unchecked"], Json::array());

  EXPECT_FALSE(open_ear_jwt(token, crypto::SigningKey::generate().public_key()));
  for (std::size_t i = 0; i < token.size(); i += 7) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_ear_jwt(changed, key.public_key())) << i;
  }
  // Another algorithm in the header, "none" first of all, is not obeyed.
  const std::string none = to_base64url(view_of(R"({"alg":"none"})")) + token.substr(token.find('.'));
  EXPECT_FALSE(open_ear_jwt(none, key.public_key()));
}

TEST(Ear, CwtHasTheSameClaimsUnderNumbers) {
  test::World w;
  const Ear ear = ear_of(w, appraise(w.evidence(), w.expected(), w.policy(), w.now));
  const auto key = crypto::SigningKey::generate();
  const auto payload = open_ear_cwt(ear.cwt(key), key.public_key());
  ASSERT_TRUE(payload);
  cbor::Reader in(*payload);  // strict: the one deterministic form
  auto map = in.map(16);
  std::vector<std::uint64_t> keys;
  while (in.more(map)) {
    keys.push_back(in.key_uint(map));
    in.item();
  }
  EXPECT_TRUE(in.finish());
  EXPECT_EQ(keys, (std::vector<std::uint64_t>{6, 265, 266, 1004}));
  EXPECT_FALSE(open_ear_cwt(ear.cwt(key), crypto::SigningKey::generate().public_key()));
}

// Who asks a verifier with a nonce finds it in the token again: an older result cannot be shown to him for a new one.
TEST(Ear, TheNonceThatWasCheckedStandsInIt) {
  test::World w;
  const Bytes nonce = to_bytes(w.expected().nonce);
  Ear ear = ear_of(w, appraise(w.evidence(), w.expected(), w.policy(), w.now));
  EXPECT_FALSE(Json::parse(ear.to_json()).contains("eat_nonce"));
  ear.nonce = nonce;
  const auto key = crypto::SigningKey::generate();
  EXPECT_EQ(Json::parse(open_ear_jwt(ear.jwt(key), key.public_key()).value())["eat_nonce"], to_base64(nonce));
  const Bytes payload = open_ear_cwt(ear.cwt(key), key.public_key()).value();
  cbor::Reader in(payload);
  auto map = in.map(16);
  std::vector<std::uint64_t> keys;
  Bytes found;
  while (in.more(map)) {
    keys.push_back(in.key_uint(map));
    if (keys.back() == 10)
      found = to_bytes(in.bstr(64));
    else
      in.item();
  }
  EXPECT_TRUE(in.finish());
  EXPECT_EQ(keys, (std::vector<std::uint64_t>{6, 10, 265, 266, 1004}));
  EXPECT_EQ(found, nonce);

  // The claim has 8 to 64 bytes; others that a platform takes are left out rather than cut.
  for (const std::size_t size : {7U, 8U, 64U, 65U}) {
    ear.nonce = Bytes(size, 0x5a);
    EXPECT_EQ(Json::parse(ear.to_json()).contains("eat_nonce"), size >= 8 && size <= 64) << size;
  }
  // Of what was refused nothing is known to answer anything.
  auto expected = w.expected();
  expected.nonce[0] ^= 1;
  Ear refused = ear_of(w, appraise(w.evidence(), expected, w.policy(), w.now));
  refused.nonce = to_bytes(expected.nonce);
  EXPECT_FALSE(Json::parse(refused.to_json()).contains("eat_nonce"));
}

TEST(Ear, ARefusalIsContraindicatedAndSaysWhy) {
  test::World w;
  auto expected = w.expected();
  expected.nonce[0] ^= 1;
  const Ear ear = ear_of(w, appraise(w.evidence(), expected, w.policy(), w.now));
  const Json enclave = Json::parse(ear.to_json())["submods"]["enclave"];
  EXPECT_EQ(enclave["ear.status"], "contraindicated");
  EXPECT_EQ(enclave["glovebox.refused"], "nonce_mismatch");
  EXPECT_EQ(enclave["ear.trustworthiness-vector"]["instance-identity"], 96);
  const auto key = crypto::SigningKey::generate();
  EXPECT_TRUE(open_ear_cwt(ear.cwt(key), key.public_key()));
}

TEST(Ear, WithoutATestRootNothingUncheckedIsAffirming) {
  test::World w;
  auto accepted = appraise(w.evidence(), w.expected(), w.policy(), w.now).value();
  accepted.development = false;
  EXPECT_EQ(ear_of(w, accepted).status(), Tier::affirming);
  accepted.unchecked = {"tcb"};
  EXPECT_EQ(ear_of(w, accepted).status(), Tier::warning);
  EXPECT_EQ(ear_of(w, accepted).vector()[4], 32);
}

TEST(Cmw, BothForms) {
  const attestation::Cmw record{"application/aws-nitro-document+cbor", {1, 2, 3, 0xff}};
  EXPECT_EQ(attestation::Cmw::parse(record.to_cbor()).value(), record);
  EXPECT_EQ(attestation::Cmw::parse(view_of(record.to_json())).value(), record);
  EXPECT_EQ(attestation::Cmw::parse(view_of("[ \"a/b\" ,\n \"AQID\" , 4 ]")).value(),
            (attestation::Cmw{"a/b", {1, 2, 3}}));
  const auto reason = [](std::string_view text) { return test::reason_of(attestation::Cmw::parse(view_of(text))); };
  for (const char* bad :
       {"[\"a/b\"]", "[\"a/b\",1]", "[\"a/b\",\"AQ==\"]", "[\"a/b\",\"AQID\"]x", "[\"a\\u002fb\",\"AQID\"]",
        "[\"a/b\",\"AQID\",]", "[\"a/b\",\"AQID\",\"x\"]", "[\"\",\"AQID\"]", "["})
    EXPECT_EQ(reason(bad), "evidence_malformed") << bad;
  const Bytes whole = record.to_cbor();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(test::reason_of(attestation::Cmw::parse(View(whole).first(size))), "truncated") << size;
  EXPECT_EQ(test::reason_of(attestation::Cmw::parse(concat({whole, Bytes{0}}))), "evidence_malformed");
}

TEST(Explain, SaysWhatToDoAndWhatWasLeftOut) {
  test::World w;
  auto expected = w.expected();
  expected.nonce[0] ^= 1;
  const auto refused = appraise(w.evidence(), expected, w.policy(), w.now);
  EXPECT_NE(explain(refused.error()).find("to do:    ask again"), std::string::npos);
  auto accepted = appraise(w.evidence(), w.expected(), w.policy(), w.now).value();
  accepted.unchecked = {"nonce"};
  EXPECT_NE(explain(accepted).find("unchecked: nonce           no --nonce was given"), std::string::npos);
  const auto steps = steps_of(refused);
  EXPECT_EQ(std::ranges::count(steps, Mark::failed, &StepMark::mark), 1);
}
}  // namespace
}  // namespace glovebox::verifier
