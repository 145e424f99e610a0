// What tokens of Arm's, quotes of TPMs and reports of Azure's paravisor say, for a person.
#include "crypto/hash.h"
#include "verifier/explain.h"
#include "verifier/text_lines.h"

namespace glovebox::verifier {
namespace {
std::string describe_components(const attestation::ArmClaims& claims, std::int64_t key) {
  std::string out;
  if (const auto* components = claims.find<std::vector<attestation::ArmComponent>>(key))
    for (const auto& c : *components)
      out += field("component", printable(c.type.value_or("(no name)")) + " " + printable(c.version.value_or(""))) +
             field("  measurement", to_hex(c.measurement)) + field("  signer", to_hex(c.signer));
  return out;
}

std::string describe_lifecycle(std::int64_t claim) {
  return field("state", std::string(name(attestation::arm_lifecycle(claim))));
}
}  // namespace

std::string describe(const attestation::PsaToken& token) {
  namespace arm = attestation::arm;
  const attestation::ArmClaims& c = token.token.claims;
  std::string out = "Arm PSA token. Nothing below is verified.\n";
  out += field("profile", printable(c.text(token.of(arm::profile))));
  out += field("instance", to_hex(c.bytes(token.of(arm::instance))));
  out += field("implementation", to_hex(c.bytes(token.of(arm::implementation))));
  out += describe_lifecycle(c.number(token.of(arm::lifecycle)));
  out += field("client", std::to_string(c.number(token.of(arm::client))));
  out += field("nonce", to_hex(c.bytes(token.of(arm::nonce))));
  out += describe_components(c, token.of(arm::components));
  return out + field("signature", "not checked here: its key must have been enrolled in a policy");
}

std::string describe(const attestation::CcaToken& token) {
  namespace arm = attestation::arm;
  const attestation::ArmClaims& platform = token.platform.claims;
  const attestation::ArmClaims& realm = token.realm.claims;
  std::string out = "Arm CCA token, of a platform and of a realm on it. Nothing below is verified.\n";
  out += field("profile", printable(platform.text(arm::profile)));
  out += field("instance", to_hex(platform.bytes(arm::instance)));
  out += field("implementation", to_hex(platform.bytes(arm::implementation)));
  out += describe_lifecycle(platform.number(arm::lifecycle));
  out += describe_components(platform, arm::components);
  out += field("realm initial", to_hex(realm.bytes(arm::initial)));
  if (const auto* extensible = realm.find<std::vector<Bytes>>(arm::extensible))
    for (const Bytes& hash : *extensible) out += field("  extensible", to_hex(hash));
  out += field("challenge", to_hex(realm.bytes(arm::nonce)));
  out += field("personalization", to_hex(realm.bytes(arm::personalization)));
  return out + field("signatures", "not checked here: the platform's key must have been enrolled in a policy");
}

std::string describe(const attestation::TpmAttest& attest) {
  std::string out = "TPM quote. Nothing below is verified.\n";
  std::string selected;
  for (unsigned i = 0; i < attestation::tpm_registers; ++i)
    if ((attest.selected >> i & 1) != 0) selected += (selected.empty() ? "" : " ") + std::to_string(i);
  out += field("registers", selected) + field("their digest", to_hex(attest.digest));
  out += field("extra data", to_hex(attest.extra_data)) + field("key's name", to_hex(attest.signer));
  out += field("firmware", std::to_string(attest.firmware));
  return out + field("resets", std::to_string(attest.resets) + ", restarts " + std::to_string(attest.restarts));
}

std::string describe(const attestation::HclReport& report) {
  std::string out = "Report of Azure's paravisor. Nothing below is verified.\n";
  const auto runtime = attestation::HclRuntime::parse(report.runtime);
  if (runtime) {
    out += field("machine", printable(runtime->machine));
    if (runtime->secure_boot) out += field("secure boot", *runtime->secure_boot ? "on" : "off");
    out += field("TPM's key", "sha256 " + to_hex(crypto::sha256(runtime->key.spki())));
  } else {
    out += field("runtime data", runtime.error().found);
  }
  out += field("their digest", to_hex(report.runtime_digest()));
  if (report.hardware == attestation::HclHardware::tdx) {
    const auto local = attestation::TdLocalReport::parse(report.report);
    return local ? out + "\n" + describe(*local) : out + field("hardware", local.error().found);
  }
  const auto snp = attestation::SnpReport::parse(report.report);
  return snp ? out + "\n" + describe(attestation::SnpEvidence{*snp}) : out + field("hardware", snp.error().found);
}

}  // namespace glovebox::verifier
