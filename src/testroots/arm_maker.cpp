#include "testroots/arm_maker.h"

namespace glovebox::testroots {
namespace {
std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}
}  // namespace

ArmMaker::ArmMaker(Suite& to, Time now, std::string which) : suite(to), at(now), platform(std::move(which)) {
  configuration.fill(0x33);
  models.resize(2);
  models[0].fill(0x11);
  models[1].fill(0x22);
  nonce.fill(0x77);
  signer384.instance = ArmSigner::instance_of(0xa6);
}

attestation::KeySet ArmMaker::keyset() const {
  return attestation::KeySet::of(hpke.public_key(), receipt.public_key());
}
attestation::Context ArmMaker::context() const {
  return attestation::ClientContext{configuration, models};
}

Bytes ArmMaker::challenge(bool bare) const {
  if (!bare) return to_bytes(attestation::make_binding(nonce, keyset(), context()).view());
  Bytes out(64);
  std::ranges::copy(nonce, out.begin());
  return out;
}

attestation::ArmClaims ArmMaker::realm_claims(bool bare) const {
  return signer.realm(challenge(bare), attestation::cca_inputs(configuration, models));
}

Bytes ArmMaker::cca(const attestation::ArmClaims& platform_part, const attestation::ArmClaims& realm_part) const {
  return attestation::cca_document(ArmSigner::sign(platform_part.encode(), signer.key),
                                   ArmSigner::sign(realm_part.encode(), signer.realm_key));
}

attestation::Evidence ArmMaker::message(Bytes document) const {
  return {.media_type = std::string(attestation::media_type_arm_cca),
          .document = std::move(document),
          .nonce = to_bytes(nonce),
          .keys = keyset(),
          .context = context()};
}

void ArmMaker::add(Words words, Bytes evidence, std::string policy, bool asks) const {
  suite.add(platform, std::move(words),
            {.evidence = std::move(evidence),
             .policy = policy.empty() ? platform : std::move(policy),
             .at = at,
             .nonce = asks ? to_bytes(nonce) : Bytes{}});
}

void ArmMaker::policy(const std::string& name, std::string_view profile, const std::string& rules,
                      const std::string& keys) const {
  std::string out = "# Its keys are test keys, made with these cases.\n[evidence]\nprofile = \"" +
                    std::string(profile) + "\"\nplatforms = [\"" + platform + "\"]\nfreshness_seconds = 300\n";
  if (profile == "glovebox") out += "kems = [\"x25519\", \"x-wing\"]\n" + hex_line("configuration", configuration);
  out += "[evidence." + platform + "]\n" + rules + keys;
  if (profile == "glovebox")
    for (std::size_t i = 0; i < models.size(); ++i)
      out += "[[evidence.models]]\nname = \"" + std::string(1, static_cast<char>('a' + i)) + "\"\n" +
             hex_line("digest", models[i]);
  suite.policies[name] = std::move(out);
}

std::string ArmMaker::key(const ArmSigner& of, bool instance) const {
  std::string out = "[[evidence." + platform + ".keys]]\nname = \"machine " + to_hex(View(of.instance).last(1)) +
                    "\"\ntest = true\npublic_key = \"" + to_base64(of.key.public_key().spki()) + "\"\n";
  return out + (instance ? hex_line("instance", of.instance) : "");
}

std::string ArmMaker::software(View last_measurement) const {
  const std::string table = "[[evidence." + platform + (cca() ? ".firmware" : ".software");
  std::string out = table + "]]\nversion = \"1.0\"\n";
  auto components = ArmSigner::software(cca());
  if (!last_measurement.empty()) components.back().measurement = to_bytes(last_measurement);
  for (const auto& c : components)
    out += table + ".components]]\ntype = \"" + c.type.value_or("") + "\"\n" + hex_line("signer", c.signer) +
           hex_line("measurement", c.measurement);
  return out;
}

std::string ArmMaker::realm(bool extensible) const {
  std::string out = "[[evidence.arm-cca.realms]]\nversion = \"1.0\"\n" + hex_line("initial", Bytes(32, 0x43));
  if (!extensible) return out;
  const std::string zero = "\"" + to_hex(Bytes(32)) + "\"";
  return out + "extensible = [" + zero + ", " + zero + ", " + zero + ", " + zero + "]\n";
}

std::string ArmMaker::implementations() const {
  return "implementations = [\"" + to_hex(signer.implementation) + "\"]\n";
}

}  // namespace glovebox::testroots
