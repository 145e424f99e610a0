// The cases of Arm CCA.
#include "attestation/cmw.h"
#include "testroots/arm_maker.h"

namespace glovebox::testroots {
namespace {
namespace arm = attestation::arm;
using attestation::ArmClaims;
using attestation::ArmComponent;
const std::string draft = "draft-ffm-rats-cca-token-03, section 4";
const std::string rmm = "RMM specification (DEN0137), A7.2";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.arm-cca]";

void policies(const ArmMaker& m) {
  const std::string impl = m.implementations();
  const std::string all = m.key(m.signer) + m.key(m.signer384);
  const std::string whole = impl + m.software() + m.realm();
  m.policy("arm-cca", "glovebox", whole, all);
  m.policy("arm-cca-none", "none", whole, all);
  m.policy("arm-cca-unchecked", "none",
           "unchecked = [\"extensible\", \"firmware\", \"implementation\", \"instance\"]\n" + m.realm(false),
           m.key(m.signer, false));
  // and those that are none
  m.policy("arm-cca-no-realms", "none", impl + m.software(), all);
  m.policy("arm-cca-no-firmware", "none", impl + m.realm(), all);
  m.policy("arm-cca-no-extensible", "none", impl + m.software() + m.realm(false), all);
  m.policy("arm-cca-both", "none", impl + "unchecked = [\"firmware\"]\n" + m.software() + m.realm(), all);
  m.policy("arm-cca-debug", "none", impl + "debug = true\n" + m.software() + m.realm(), all);
  std::string without = m.suite.policies.at("arm-cca-none");
  without.erase(without.find("[evidence.arm-cca]"));
  m.suite.policies["arm-cca-no-rules"] = without;
}

void accepted(const ArmMaker& m) {
  const auto bytes = m.signer.realm_key_bytes();
  m.add({"accepted", "accepted", "what a realm of ours sends", "docs/spec/evidence.md, Message"},
        m.message(m.cca(m.platform_claims(), m.realm_claims())).encode());
  const Bytes bare = m.cca(m.platform_claims(), m.realm_claims(true));
  m.add({"bare-accepted", "accepted", "a token of somebody else's realm, its nonce in the challenge", draft}, bare,
        "arm-cca-none");
  m.add({"bare-accepted-no-nonce", "accepted", "the same, and no nonce was asked for", spec + "5"}, bare,
        "arm-cca-none", false);
  m.add({"bare-accepted-unchecked", "accepted", "a policy that says what it leaves unchecked", rules}, bare,
        "arm-cca-unchecked");
  m.add({"bare-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_arm_cca), bare}.to_cbor(), "arm-cca-none");
  // Before the realm's profile had a name its key was a point.
  ArmClaims realm = m.signer.realm(m.challenge(true), Bytes(64), true);
  ArmClaims platform = m.signer.platform(m.signer.realm_key_bytes(true));
  platform.set(arm::profile, std::string("http://arm.com/CCA-SSD/1.0.0"));
  m.add({"bare-accepted-older-profile", "accepted", "a realm's key as a point, before its profile had a name", rmm},
        m.cca(platform, realm), "arm-cca-none");
  for (const std::string how : {"sha-384", "sha-512"}) {
    realm = m.realm_claims(true);
    realm.set(arm::realm_key_hash, how);
    m.add({"bare-accepted-" + how, "accepted", "the realm's key named by its " + how, draft},
          m.cca(m.signer.platform(bytes, how), realm), "arm-cca-none");
  }
  platform = m.signer384.platform(bytes);
  m.add({"bare-accepted-es384", "accepted", "a platform that signs with ES384", draft},
        attestation::cca_document(ArmSigner::sign(platform.encode(), m.signer384.key),
                                  ArmSigner::sign(m.realm_claims(true).encode(), m.signer.realm_key)),
        "arm-cca-none");
}

void forms(const ArmMaker& m) {
  const Bytes good = m.cca(m.platform_claims(), m.realm_claims(true));
  const Bytes platform = ArmSigner::sign(m.platform_claims().encode(), m.signer.key);
  const Bytes realm = ArmSigner::sign(m.realm_claims(true).encode(), m.signer.realm_key);
  const auto malformed = [&](std::string name, std::string why, Bytes evidence) {
    m.add({"malformed-" + std::move(name), "evidence_malformed", std::move(why), draft}, std::move(evidence),
          "arm-cca-none");
  };
  m.add({"bare-truncated", "truncated", "half a token", draft}, to_bytes(View(good).first(good.size() / 2)),
        "arm-cca-none");
  m.add({"bare-truncated-by-one", "truncated", "a token without its last byte", draft},
        to_bytes(View(good).first(good.size() - 1)), "arm-cca-none");
  malformed("trailing-byte", "a byte after the token", concat({good, Bytes{0}}));
  malformed("exchanged", "the two tokens in each other's place", attestation::cca_document(realm, platform));
  malformed("one-part", "the realm's token alone", cbor::Writer().tag(399).map(1).uint(44241).bstr(realm).take());
  malformed(
      "three-parts", "a third part",
      cbor::Writer().tag(399).map(3).uint(44234).bstr(platform).uint(44241).bstr(realm).uint(44242).bstr(realm).take());
  malformed("part-cut", "a realm's token without its last byte, framed as if whole",
            attestation::cca_document(platform, View(realm).first(realm.size() - 1)));
  malformed("part-trailing", "a byte after the platform's token, inside its frame",
            attestation::cca_document(concat({platform, Bytes{0}}), realm));
  const auto of_realm = [&](std::string name, std::string why, const std::function<void(ArmClaims&)>& change) {
    ArmClaims c = m.realm_claims(true);
    change(c);
    malformed(std::move(name), std::move(why), m.cca(m.platform_claims(), c));
  };
  of_realm("challenge-32", "a challenge of 32 bytes", [](ArmClaims& c) { c.set(arm::nonce, Bytes(32)); });
  of_realm("three-extensible", "three extensible measurements",
           [](ArmClaims& c) { c.set(arm::extensible, std::vector<Bytes>(3, Bytes(32))); });
  of_realm("key-off-the-curve", "a realm's key that is no point of its curve", [&](ArmClaims& c) {
    Bytes key = m.signer.realm_key_bytes();
    key.back() ^= 1;
    c.set(arm::realm_key, key);
  });
  of_realm("key-hash", "a hash of nobody", [](ArmClaims& c) { c.set(arm::realm_key_hash, std::string("md5")); });
  of_realm("point-in-the-newer-profile", "a point where the profile has a COSE_Key",
           [&](ArmClaims& c) { c.set(arm::realm_key, m.signer.realm_key_bytes(true)); });
  of_realm("no-initial", "no initial measurement", [](ArmClaims& c) { c.erase(arm::initial); });
  ArmClaims c = m.platform_claims();
  c.set(arm::profile, std::string("tag:nobody"));
  malformed("profile", "a platform's profile of nobody", m.cca(c, m.realm_claims(true)));
  c = m.platform_claims();
  c.erase(arm::platform_config);
  malformed("no-config", "a platform's token without its configuration", m.cca(c, m.realm_claims(true)));
  attestation::Evidence e = m.message(m.cca(m.platform_claims(), m.realm_claims()));
  e.document.pop_back();
  m.add({"malformed-in-a-message-cut", "evidence_malformed", "a message with a token cut short", spec + "1"},
        e.encode());
}

void signatures(const ArmMaker& m) {
  const std::string word = "evidence_signature_invalid";
  const auto add = [&](std::string name, std::string expected, std::string why, Bytes evidence) {
    m.add({std::move(name), std::move(expected), std::move(why), spec + "3"}, std::move(evidence), "arm-cca-none");
  };
  const Bytes platform = ArmSigner::sign(m.platform_claims().encode(), m.signer.key);
  const Bytes realm = ArmSigner::sign(m.realm_claims(true).encode(), m.signer.realm_key);
  const auto flipped = [](Bytes bytes) {
    bytes.back() ^= 1;
    return bytes;
  };
  add("signature-platform-bit", word, "one bit of the signature on the platform's token",
      attestation::cca_document(flipped(platform), realm));
  add("signature-realm-bit", word, "one bit of the signature on the realm's token",
      attestation::cca_document(platform, flipped(realm)));
  add("signature-by-nobody", word, "a whole token of a platform that was not enrolled",
      attestation::cca_document(
          ArmSigner::sign(m.stranger.platform(m.signer.realm_key_bytes()).encode(), m.stranger.key), realm));
  add("signature-realm-by-the-platform", word, "a realm's token signed with the platform's key",
      attestation::cca_document(platform, ArmSigner::sign(m.realm_claims(true).encode(), m.signer.key)));
  add("algorithm-eddsa", "algorithm_unsupported", "a platform's token that says it is signed with EdDSA",
      attestation::cca_document(
          ArmSigner::raw(18, Bytes{0xa1, 0x01, 0x27}, Bytes{0xa0}, m.platform_claims().encode(), Bytes(64, 1)), realm));
  // A good platform's token beside a realm's token of another start: both signed, and not together.
  ArmSigner other = m.signer;
  other.realm_key = crypto::PlatformSigner::generate(crypto::PlatformKeyKind::p384);
  add("parts-realm-of-another-start", "parts_mismatch", "a realm's token under a key that the platform does not name",
      attestation::cca_document(platform,
                                ArmSigner::sign(other.realm(m.challenge(true), Bytes(64)).encode(), other.realm_key)));
  add("parts-hash-of-the-point", "parts_mismatch", "the hash of the key's point, where it is carried as a COSE_Key",
      m.cca(m.signer.platform(m.signer.realm_key_bytes(true)), m.realm_claims(true)));
  add("parts-another-hash", "parts_mismatch", "a digest of another algorithm than the token names",
      m.cca(m.signer.platform(m.signer.realm_key_bytes(), "sha-512"), m.realm_claims(true)));
}

void bindings(const ArmMaker& m) {
  const auto beside = [&](std::string name, std::string word, std::string why,
                          const std::function<void(attestation::Evidence&)>& change) {
    attestation::Evidence e = m.message(m.cca(m.platform_claims(), m.realm_claims()));
    change(e);
    m.add({std::move(name), std::move(word), std::move(why), spec + "5"}, e.encode());
  };
  beside("nonce-other", "nonce_mismatch", "a replay: made for another nonce",
         [](attestation::Evidence& e) { e.nonce[0] ^= 1; });
  beside("binding-relayed", "binding_mismatch", "a relay: a true token with the key of somebody else beside it",
         [](attestation::Evidence& e) {
           auto keys = e.keys.keys();
           keys[0].public_key = crypto::KemPrivate::generate(crypto::Kem::x25519).public_key().bytes();
           e.keys = *attestation::KeySet::create(keys);
         });
  beside("binding-context", "binding_mismatch", "another context beside the token",
         [](attestation::Evidence& e) { std::get<attestation::ClientContext>(e.context).configuration[0] ^= 1; });
  beside("platform-called-nitro", "platform_unknown", "a token of CCA called a Nitro document",
         [](attestation::Evidence& e) { e.media_type = attestation::media_type_nitro; });
  ArmClaims realm = m.realm_claims();
  realm.set(arm::nonce, Bytes(64));
  m.add({"binding-zero", "binding_mismatch", "a challenge of zeros", spec + "5"},
        m.message(m.cca(m.platform_claims(), realm)).encode());
  const Bytes bare = m.cca(m.platform_claims(), m.realm_claims());
  m.add({"bare-nonce", "nonce_mismatch", "a bare token whose challenge is something else", spec + "5"}, bare,
        "arm-cca-none");
  realm = m.realm_claims(true);
  Bytes challenge = m.challenge(true);
  challenge[40] = 1;
  realm.set(arm::nonce, challenge);
  m.add({"bare-nonce-and-more", "nonce_mismatch", "the nonce, and something behind it", spec + "5"},
        m.cca(m.platform_claims(), realm), "arm-cca-none");
}

void states(const ArmMaker& m) {
  const auto platform = [&](std::string name, std::string word, std::string why,
                            const std::function<void(ArmClaims&)>& change) {
    ArmClaims c = m.platform_claims();
    change(c);
    m.add({std::move(name), std::move(word), std::move(why), rules}, m.message(m.cca(c, m.realm_claims())).encode());
  };
  const auto lifecycle = [&](std::string name, std::string word, std::int64_t value) {
    platform(std::move(name), std::move(word), "a platform that is not secured, but in state " + std::to_string(value),
             [=](ArmClaims& c) { c.set(arm::lifecycle, value); });
  };
  lifecycle("debug-others", "debug_enclave", 0x4000);
  lifecycle("debug-root", "debug_enclave", 0x5000);
  lifecycle("lifecycle-provisioning", "platform_state_not_allowed", 0x2000);
  lifecycle("lifecycle-decommissioned", "platform_state_not_allowed", 0x6000);
  platform("instance-of-another", "chip_unknown", "a key of one machine, under another's name",
           [](ArmClaims& c) { c.set(arm::instance, ArmSigner::instance_of(0xa6)); });
  platform("implementation-unknown", "chip_unknown", "an implementation that the policy does not list",
           [](ArmClaims& c) { c.set(arm::implementation, Bytes(32, 0x1f)); });
  const auto firmware = [&](std::string name, std::string why,
                            const std::function<void(std::vector<ArmComponent>&)>& change) {
    platform("firmware-" + std::move(name), "firmware_unknown", std::move(why), [&](ArmClaims& c) {
      auto components = ArmSigner::software(true);
      change(components);
      c.set(arm::components, components);
    });
  };
  firmware("bit", "one bit of the RMM's measurement", [](auto& c) { c[1].measurement[0] ^= 1; });
  firmware("one-less", "firmware without an RMM", [](auto& c) { c.pop_back(); });
  firmware("one-more", "a component more than the policy's", [](auto& c) { c.push_back(c[0]); });
  const auto realm = [&](std::string name, std::string word, std::string why,
                         const std::function<void(ArmClaims&)>& change) {
    ArmClaims c = m.realm_claims();
    change(c);
    m.add({std::move(name), std::move(word), std::move(why), spec + "8"},
          m.message(m.cca(m.platform_claims(), c)).encode());
  };
  realm("measurement-initial", "measurement_unknown", "one bit of the initial measurement",
        [](ArmClaims& c) { c.set(arm::initial, concat({Bytes(31, 0x43), Bytes{0x42}})); });
  realm("measurement-extensible", "measurement_unknown", "a realm that measured something since", [](ArmClaims& c) {
    std::vector<Bytes> extensible(attestation::arm_extensible_count, Bytes(32));
    extensible[3][0] = 1;
    c.set(arm::extensible, extensible);
  });
  realm("personalization", "configuration_unknown", "started with other models", [](ArmClaims& c) {
    Bytes value = to_bytes(c.bytes(arm::personalization));
    value[0] ^= 1;
    c.set(arm::personalization, value);
  });
  realm("personalization-zero", "configuration_unknown", "started with no word on models and configuration",
        [](ArmClaims& c) { c.set(arm::personalization, Bytes(64)); });
}

void others(const ArmMaker& m) {
  const Bytes bare = m.cca(m.platform_claims(), m.realm_claims(true));
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.add({"policy-" + std::string(name), word, why, rules}, bare, "arm-cca-" + std::string(name));
  };
  policy("no-rules", "policy_empty", "the platform is listed and its rules are not there");
  policy("no-realms", "policy_empty", "no realm");
  policy("no-firmware", "policy_empty", "no firmware, and no word that it is unchecked");
  policy("no-extensible", "policy_empty", "no extensible measurements, and no word that they are unchecked");
  policy("both", "policy_invalid", "firmware, and a word that it is unchecked");
  policy("debug", "policy_invalid", "a key that would allow debugging: there is none");
  m.add({"platform-under-psa", "platform_unknown", "a token of CCA under a policy of PSA", spec + "1"}, bare,
        "arm-psa");
}
}  // namespace

void cca_cases(Suite& suite, Time at) {
  const ArmMaker make(suite, at, "arm-cca");
  policies(make);
  accepted(make);
  forms(make);
  signatures(make);
  bindings(make);
  states(make);
  others(make);
}

}  // namespace glovebox::testroots
