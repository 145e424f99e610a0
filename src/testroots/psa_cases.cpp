// The cases of Arm PSA.
#include "attestation/cmw.h"
#include "crypto/hash.h"
#include "testroots/arm_maker.h"

namespace glovebox::testroots {
namespace {
namespace arm = attestation::arm;
using attestation::ArmClaims;
using attestation::ArmComponent;
const std::string rfc = "RFC 9783, section ";
const std::string cose = "RFC 9052, section 4.2";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.arm-psa]";
const Bytes empty_map = {0xa0};
const Bytes es256 = {0xa1, 0x01, 0x26};

Bytes first_64(const Bytes& signature) {
  return to_bytes(View(signature).first(64));
}

void policies(const ArmMaker& m) {
  const std::string impl = m.implementations();
  const std::string all = m.key(m.signer) + m.key(m.signer384);
  m.policy("arm-psa", "none", impl + m.software(), all);
  m.policy("arm-psa-unchecked", "none", "unchecked = [\"implementation\", \"instance\"]\n" + m.software(),
           m.key(m.signer, false));
  // and those that are none
  m.policy("arm-psa-glovebox", "glovebox", impl + m.software(), all);
  m.policy("arm-psa-no-keys", "none", impl + m.software(), "");
  m.policy("arm-psa-no-software", "none", impl, all);
  m.policy("arm-psa-no-implementation", "none", m.software(), all);
  m.policy("arm-psa-no-instance", "none", impl + m.software(), m.key(m.signer, false));
  m.policy("arm-psa-both", "none", impl + "unchecked = [\"implementation\"]\n" + m.software(), all);
  m.policy("arm-psa-zero-measurement", "none", impl + m.software(Bytes(32)), all);
  m.policy("arm-psa-unknown-word", "none", impl + "unchecked = [\"lifecycle\"]\n" + m.software(), all);
  m.policy("arm-psa-key-twice", "none", impl + m.software(), m.key(m.signer) + m.key(m.signer));
  std::string mixed = m.key(m.signer384);
  const std::string test = "test = true\n";
  mixed.erase(mixed.find(test), test.size());
  m.policy("arm-psa-mixed-keys", "none", impl + m.software(), m.key(m.signer) + mixed);
}

void accepted(const ArmMaker& m) {
  const Bytes good = m.psa(m.psa_claims());
  m.add({"accepted", "accepted", "a token of a device whose key was enrolled", rfc + "4"}, good);
  m.add({"accepted-no-nonce", "accepted", "the same, and no nonce was asked for: nonce and time are unchecked",
         spec + "5"},
        good, {}, false);
  m.add({"accepted-es384", "accepted", "a device that signs with ES384", rfc + "5.1"},
        ArmSigner::sign(m.signer384.psa(m.nonce).encode(), m.signer384.key));
  m.add({"accepted-first-profile", "accepted", "a token of PSA_IOT_PROFILE_1, whose claims have other numbers",
         rfc + "4.6"},
        m.psa(m.signer.psa(m.nonce, true)));
  ArmClaims claims = m.psa_claims();
  claims.set(arm::profile, std::string("http://arm.com/psa/2.0.0"));
  m.add({"accepted-profile-2.0.0", "accepted", "the profile's name before its RFC", rfc + "4.5"}, m.psa(claims));
  claims = m.psa_claims();
  claims.erase(arm::boot_seed);
  m.add({"accepted-least", "accepted", "no claim that may be missing", rfc + "4"}, m.psa(claims));
  claims = m.psa_claims();
  claims.set(arm::certification, std::string("1234567890123-12345"));
  claims.set(arm::service, std::string("https://psa-verifier.org"));
  std::ranges::reverse(claims.entries);
  m.add({"accepted-any-order", "accepted", "every claim, in another order", rfc + "4"}, m.psa(claims));
  claims = m.psa_claims();
  auto components = ArmSigner::software(false);
  std::ranges::reverse(components);
  claims.set(arm::components, components);
  m.add({"accepted-components-any-order", "accepted", "its components in another order", rules}, m.psa(claims));
  m.add({"accepted-unchecked", "accepted", "a policy that says that it takes any device under its key", rules}, good,
        "arm-psa-unchecked");
  m.add({"accepted-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_arm_psa), good}.to_cbor());
}

void forms(const ArmMaker& m) {
  const Bytes good = m.psa(m.psa_claims());
  const auto malformed = [&](std::string name, std::string why, const std::string& clause, Bytes evidence) {
    m.add({"malformed-" + std::move(name), "evidence_malformed", std::move(why), clause}, std::move(evidence));
  };
  const auto spoilt = [&](std::string name, std::string why, const std::function<void(ArmClaims&)>& change) {
    ArmClaims claims = m.psa_claims();
    change(claims);
    malformed(std::move(name), std::move(why), rfc + "4", m.psa(claims));
  };
  m.add({"truncated", "truncated", "half a token", cose}, to_bytes(View(good).first(good.size() / 2)));
  m.add({"truncated-by-one", "truncated", "a token without its last byte", cose},
        to_bytes(View(good).first(good.size() - 1)));
  malformed("trailing-byte", "a byte after the token", cose, concat({good, Bytes{0}}));
  const Bytes payload = m.psa_claims().encode();
  const Bytes signature(64, 1);
  malformed("untagged", "a token without tag 18", rfc + "5.2.2", to_bytes(View(good).subspan(1)));
  malformed("tag-17", "a COSE_Mac0, of whoever has the verifier's key", rfc + "5.2.2",
            ArmSigner::raw(17, es256, empty_map, payload, signature));
  malformed("unprotected-header", "a header outside the signature", cose,
            ArmSigner::raw(18, es256, Bytes{0xa1, 0x04, 0x41, 0x31}, payload, signature));
  malformed("two-headers", "two protected headers", cose,
            ArmSigner::raw(18, Bytes{0xa2, 0x01, 0x26, 0x03, 0x00}, empty_map, payload, signature));
  malformed("signature-63", "a signature of 63 bytes", "RFC 9053, section 2.1",
            ArmSigner::raw(18, es256, empty_map, payload, Bytes(63, 1)));
  malformed("trailing-in-payload", "a byte after the claims", rfc + "4",
            ArmSigner::sign(concat({payload, Bytes{0}}), m.signer.key));
  Bytes indefinite = payload;
  indefinite[0] = 0xbf;
  indefinite.push_back(0xff);
  malformed("indefinite-map", "a map of indefinite length", rfc + "5.2.2", ArmSigner::sign(indefinite, m.signer.key));
  Bytes longer = concat({Bytes{0xb8, static_cast<std::uint8_t>(payload[0] & 0x1f)}, View(payload).subspan(1)});
  malformed("longer-length", "a length that is not the shortest", rfc + "5.2.2", ArmSigner::sign(longer, m.signer.key));
  spoilt("claim-twice", "the client stands twice", [](ArmClaims& c) { c.entries.push_back(c.entries[1]); });
  spoilt("claim-unknown", "a claim that the profile does not have", [](ArmClaims& c) { c.set(263, std::int64_t{4}); });
  spoilt("claim-of-the-first-profile", "a claim of the first profile in the second",
         [](ArmClaims& c) { c.set(-75002, std::int64_t{0x3000}); });
  spoilt("profile", "a profile of nobody", [](ArmClaims& c) { c.set(arm::profile, std::string("tag:nobody")); });
  spoilt("no-nonce", "no nonce", [](ArmClaims& c) { c.erase(arm::nonce); });
  spoilt("nonce-33", "a nonce of 33 bytes", [](ArmClaims& c) { c.set(arm::nonce, Bytes(33)); });
  spoilt("no-instance", "no instance", [](ArmClaims& c) { c.erase(arm::instance); });
  spoilt("instance-kind", "an instance that does not begin with 01",
         [](ArmClaims& c) { c.set(arm::instance, Bytes(33, 2)); });
  spoilt("implementation-31", "an implementation of 31 bytes",
         [](ArmClaims& c) { c.set(arm::implementation, Bytes(31)); });
  spoilt("implementation-as-text", "an implementation that is a text",
         [](ArmClaims& c) { c.set(arm::implementation, std::string(32, 'a')); });
  spoilt("lifecycle-65536", "a state beyond 16 bits", [](ArmClaims& c) { c.set(arm::lifecycle, std::int64_t{65536}); });
  spoilt("client-33-bits", "a client beyond 32 bits", [](ArmClaims& c) { c.set(arm::client, std::int64_t{1} << 32); });
  spoilt("no-components", "an empty list of components",
         [](ArmClaims& c) { c.set(arm::components, std::vector<ArmComponent>{}); });
  spoilt("component-measurement-20", "a measurement of 20 bytes", [](ArmClaims& c) {
    auto components = ArmSigner::software(false);
    components[0].measurement = Bytes(20, 1);
    c.set(arm::components, components);
  });
  spoilt("component-field", "a component with a field of nobody", [](ArmClaims& c) {
    auto components = ArmSigner::software(false);
    components[0].order = {2, 5, 3};
    c.set(arm::components, components);
  });
}

void signatures(const ArmMaker& m) {
  const std::string word = "evidence_signature_invalid";
  const auto with = [&](std::string name, std::string why, Bytes evidence) {
    m.add({"signature-" + std::move(name), word, std::move(why), spec + "3"}, std::move(evidence));
  };
  const Bytes payload = m.psa_claims().encode();
  Bytes changed = m.psa(m.psa_claims());
  changed.back() ^= 1;
  with("bit", "one bit of the signature", changed);
  changed = m.psa(m.psa_claims());
  changed[changed.size() - 70] ^= 1;  // the last bytes of the instance
  with("payload-changed", "one bit of the claims, after signing", changed);
  with("r-zero", "r = 0 and s = 0", ArmSigner::raw(18, es256, empty_map, payload, Bytes(64)));
  with("by-nobody", "signed by a key that was not enrolled", ArmSigner::sign(payload, m.stranger.key));
  with("without-its-context", "signed without COSE's Sig_structure",
       ArmSigner::raw(18, es256, empty_map, payload, m.signer.key.sign(payload)));
  // The header says ES256; the signature is of a key on P-384, cut to the size.
  with("confused", "a signature of ES384's, called ES256",
       ArmSigner::raw(18, es256, empty_map, payload, first_64(m.signer384.key.sign(payload))));
  m.add({"algorithm-eddsa", "algorithm_unsupported", "a token that says it is signed with EdDSA", rfc + "5.1"},
        ArmSigner::raw(18, Bytes{0xa1, 0x01, 0x27}, empty_map, payload, Bytes(64, 1)));
  m.add({"algorithm-es512", "algorithm_unsupported", "a token that says it is signed with ES512", rfc + "5.1"},
        ArmSigner::raw(18, Bytes{0xa1, 0x01, 0x38, 0x23}, empty_map, payload, Bytes(64, 1)));
}

void claims(const ArmMaker& m) {
  const auto state = [&](std::string name, std::string word, std::string why, std::int64_t value) {
    ArmClaims c = m.psa_claims();
    c.set(arm::lifecycle, value);
    m.add({std::move(name), std::move(word), std::move(why), rfc + "4.3.1"}, m.psa(c));
  };
  state("debug-others", "debug_enclave", "debugging of what is not the root of trust", 0x4000);
  state("debug-root", "debug_enclave", "debugging of the root of trust", 0x50ff);
  state("lifecycle-unknown", "platform_state_not_allowed", "a state of nobody knows what", 0);
  state("lifecycle-assembly", "platform_state_not_allowed", "assembly and test", 0x1000);
  state("lifecycle-provisioning", "platform_state_not_allowed", "provisioning", 0x2001);
  state("lifecycle-decommissioned", "platform_state_not_allowed", "decommissioned", 0x6000);
  state("lifecycle-between", "platform_state_not_allowed", "a state just beyond secured", 0x3100);
  const auto spoilt = [&](std::string name, std::string word, std::string why,
                          const std::function<void(ArmClaims&)>& change, std::string policy = {}) {
    ArmClaims c = m.psa_claims();
    change(c);
    m.add({std::move(name), std::move(word), std::move(why), rules}, m.psa(c), std::move(policy));
  };
  spoilt("nonce-other", "nonce_mismatch", "a replay: made for another nonce",
         [](ArmClaims& c) { c.set(arm::nonce, Bytes(32, 0x78)); });
  spoilt("nonce-longer", "nonce_mismatch", "the nonce, and more behind it",
         [&](ArmClaims& c) { c.set(arm::nonce, concat({m.nonce, Bytes(16)})); });
  spoilt("instance-of-another", "chip_unknown", "a key of one device, under another's name",
         [](ArmClaims& c) { c.set(arm::instance, ArmSigner::instance_of(0xa6)); });
  spoilt("implementation-unknown", "chip_unknown", "an implementation that the policy does not list",
         [](ArmClaims& c) { c.set(arm::implementation, Bytes(32, 0x1f)); });
  spoilt(
      "implementation-unchecked", "accepted", "the same under a policy that leaves that unchecked",
      [](ArmClaims& c) { c.set(arm::implementation, Bytes(32, 0x1f)); }, "arm-psa-unchecked");
  const auto software = [&](std::string name, std::string why,
                            const std::function<void(std::vector<ArmComponent>&)>& change) {
    spoilt("measurement-" + std::move(name), "measurement_unknown", std::move(why), [&](ArmClaims& c) {
      auto components = ArmSigner::software(false);
      change(components);
      c.set(arm::components, components);
    });
  };
  software("bit", "one bit of a component's measurement", [](auto& c) { c[2].measurement[31] ^= 1; });
  software("signer", "a component signed by somebody else", [](auto& c) { c[0].signer[0] ^= 1; });
  software("one-less", "a component less than the policy's", [](auto& c) { c.pop_back(); });
  software("one-more", "a component more than the policy's", [](auto& c) { c.push_back(c[0]); });
  software("twice", "one component in place of another", [](auto& c) { c[1] = c[0]; });
  software("roles", "two components with their roles exchanged", [](auto& c) { std::swap(c[0].type, c[1].type); });
}

void others(const ArmMaker& m) {
  const Bytes good = m.psa(m.psa_claims());
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.add({"policy-" + std::string(name), word, why, rules}, good, "arm-psa-" + std::string(name));
  };
  policy("glovebox", "policy_invalid", "profile glovebox, which no token of PSA can meet");
  policy("no-keys", "policy_empty", "no key");
  policy("no-software", "policy_empty", "no software");
  policy("no-implementation", "policy_empty", "no implementation, and no word that it is unchecked");
  policy("no-instance", "policy_empty", "a key without its instance, and no word that it is unchecked");
  policy("both", "policy_invalid", "implementations, and a word that they are unchecked");
  policy("zero-measurement", "policy_invalid", "an all-zero measurement");
  policy("unknown-word", "policy_invalid", "unchecked names what cannot be left");
  policy("key-twice", "policy_invalid", "one key under two names");
  policy("mixed-keys", "mixed_roots", "a test key beside another");
  m.add({"platform-called-cca", "evidence_malformed", "a token of PSA called one of CCA", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_arm_cca), good}.to_cbor(), "arm-cca-none");
  m.add({"platform-under-cca", "platform_unknown", "a token of PSA under a policy of CCA", spec + "1"}, good,
        "arm-cca-none");
}
}  // namespace

void psa_cases(Suite& suite, Time at) {
  const ArmMaker make(suite, at, "arm-psa");
  policies(make);
  accepted(make);
  forms(make);
  signatures(make);
  claims(make);
  others(make);
}

}  // namespace glovebox::testroots
