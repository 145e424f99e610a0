#include "testroots/arm_signer.h"

#include "crypto/hash.h"

namespace glovebox::testroots {
namespace {
namespace arm = attestation::arm;
using attestation::ArmClaims;
using attestation::ArmComponent;

Bytes hashed(const std::string& how, View bytes) {
  const auto as_bytes = [](const auto& digest) { return Bytes(digest.begin(), digest.end()); };
  if (how == "sha-512") return as_bytes(crypto::sha512(bytes));
  if (how == "sha-384") return as_bytes(crypto::sha384(bytes));
  return as_bytes(crypto::sha256(bytes));
}

ArmComponent component(std::string type, std::uint8_t fill, std::string version) {
  return {.type = std::move(type),
          .measurement = Bytes(32, fill),
          .version = std::move(version),
          .signer = Bytes(32, 0xc1)};
}
}  // namespace

Bytes ArmSigner::instance_of(std::uint8_t fill) {
  Bytes out(33, fill);
  out[0] = 1;
  return out;
}

std::vector<ArmComponent> ArmSigner::software(bool cca) {
  if (cca) return {component("BL", 0xb1, "3.4.2"), component("RMM", 0xb2, "1.0.0")};
  return {component("BL", 0xb1, "2.1.0"), component("PRoT", 0xb2, "1.3.5"), component("ARoT", 0xb3, "0.1.4")};
}

ArmClaims ArmSigner::psa(View nonce, bool first_profile) const {
  attestation::PsaToken names;
  names.first_profile = first_profile;
  ArmClaims out;
  out.set(names.of(arm::profile),
          std::string(first_profile ? "PSA_IOT_PROFILE_1" : "tag:psacertified.org,2023:psa#tfm"));
  out.set(names.of(arm::client), std::int64_t{-1});
  out.set(names.of(arm::lifecycle), std::int64_t{0x3000});
  out.set(names.of(arm::implementation), implementation);
  out.set(names.of(arm::boot_seed), Bytes(32, 0xbe));
  out.set(names.of(arm::components), software(false));
  out.set(names.of(arm::nonce), to_bytes(nonce));
  out.set(names.of(arm::instance), instance);
  return out;
}

Bytes ArmSigner::realm_key_bytes(bool older) const {
  const Bytes spki = realm_key.public_key().spki();
  const std::size_t half = realm_key.public_key().kind() == crypto::PlatformKeyKind::p256 ? 32 : 48;
  const View point = View(spki).last(2 * half + 1);
  if (older) return to_bytes(point);
  cbor::Writer out;
  out.map(4).uint(1).uint(2).integer(-1).uint(half == 32 ? 1 : 2);
  return out.integer(-2).bstr(point.subspan(1, half)).integer(-3).bstr(point.subspan(1 + half)).take();
}

ArmClaims ArmSigner::platform(View bytes, const std::string& how) const {
  ArmClaims out;
  out.set(arm::profile, std::string("tag:arm.com,2023:cca_platform#1.0.0"));
  out.set(arm::nonce, hashed(how, bytes));
  out.set(arm::implementation, implementation);
  out.set(arm::instance, instance);
  out.set(arm::platform_config, Bytes{1, 2, 3});
  out.set(arm::lifecycle, std::int64_t{0x3000});
  out.set(arm::components, software(true));
  out.set(arm::platform_hash, std::string("sha-256"));
  return out;
}

ArmClaims ArmSigner::realm(View challenge, View personalization, bool older) const {
  ArmClaims out;
  if (!older) out.set(arm::profile, std::string("tag:arm.com,2023:realm#1.0.0"));
  out.set(arm::nonce, to_bytes(challenge));
  out.set(arm::personalization, to_bytes(personalization));
  out.set(arm::initial, Bytes(32, 0x43));
  out.set(arm::extensible, std::vector<Bytes>(attestation::arm_extensible_count, Bytes(32, 0)));
  out.set(arm::realm_hash, std::string("sha-256"));
  out.set(arm::realm_key, realm_key_bytes(older));
  out.set(arm::realm_key_hash, std::string("sha-256"));
  return out;
}

Bytes ArmSigner::sign(View payload, const crypto::PlatformSigner& key) {
  return cbor::Writer().tag(18).raw(crypto::cose_sign1(key, payload)).take();
}

Bytes ArmSigner::raw(std::uint64_t tag, View protected_header, View unprotected, View payload, View signature) {
  cbor::Writer out;
  if (tag != 0) out.tag(tag);
  return out.array(4).bstr(protected_header).raw(unprotected).bstr(payload).bstr(signature).take();
}

}  // namespace glovebox::testroots
