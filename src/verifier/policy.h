// policy.h: what a person accepts as evidence (docs/spec/policy.md, table [evidence]), and its deterministic form, over
// which its digest is. The text that a person writes is read by policy_toml.h.
#pragma once
#include <optional>

#include "attestation/pcr.h"
#include "attestation/platform.h"
#include "base/bytes.h"
#include "crypto/kem.h"
#include "crypto/sign.h"
#include "verifier/policy_arm.h"
#include "verifier/policy_intel.h"
#include "verifier/policy_snp.h"
#include "verifier/policy_tpm.h"

namespace glovebox::crypto {
class ChainMemory;
}

namespace glovebox::verifier {

constexpr std::size_t policy_size_max = 65536;
constexpr std::size_t roots_max = 8;
constexpr std::size_t measurements_max = 64;
constexpr std::size_t models_max = 64;
constexpr std::size_t brokers_max = 8;
constexpr std::size_t name_size_max = 128;
constexpr std::size_t url_size_max = 1024;
constexpr std::uint32_t freshness_seconds_max = 86400;
constexpr std::size_t root_certificate_size_max = 2048;

// Profile `none` is for foreign documents: what the enclave loaded cannot be checked, and a result says so. Client and
// broker take evidence under `glovebox` alone.
enum class Profile { glovebox, none };
std::string_view name(Profile profile);

struct Root {
  std::string name;
  Digest sha256{};  // of the DER
  bool test = false;
  std::optional<Bytes> certificate = {};  // DER; always under test, else where we do not know the root ourselves
  bool operator==(const Root&) const = default;
};

struct Measurement {
  std::string version;
  Digest root{};                                   // the root it counts under
  std::array<attestation::Pcr, 3> pcrs{};          // nitro
  std::optional<Array<48>> launch = {};            // sev-snp
  std::optional<TdMeasurement> td = {};            // tdx
  std::optional<EnclaveMeasurement> enclave = {};  // sgx

  attestation::Platform platform() const;  // whose registers stand there
  bool operator==(const Measurement&) const = default;
};

struct ModelReference {
  std::string name;
  Digest digest{};
  bool operator==(const ModelReference&) const = default;
};

struct BrokerReference {
  std::string name;
  crypto::VerifyKey identity;
  std::optional<std::string> url = {};  // where to ask, not what to accept: no part of the digest
  bool operator==(const BrokerReference&) const = default;
};

struct EvidencePolicy {
  Profile profile = Profile::glovebox;
  std::vector<std::string> platforms;  // attestation::name; sorted
  std::uint32_t freshness_seconds = 0;
  std::vector<crypto::Kem> kems;  // sorted by number
  Digest configuration{};         // zero under profile `none`
  std::vector<Root> roots;
  std::vector<Measurement> measurements;
  std::vector<ModelReference> models;
  std::vector<BrokerReference> brokers;
  // Each is there where platforms has its platform, and nowhere else.
  std::optional<ArmRules> arm_cca = {};
  std::optional<ArmRules> arm_psa = {};
  std::optional<TpmRules> azure_snp = {};  // with `snp` beside it, for what vouches for the TPM
  std::optional<TpmRules> azure_tdx = {};  // with `tdx` beside it
  std::optional<NitroTpmRules> nitro_tpm = {};
  std::optional<SnpRules> snp = {};
  std::optional<IntelRules> sgx = {};
  std::optional<IntelRules> tdx = {};
  std::optional<TpmRules> tpm = {};
  bool operator==(const EvidencePolicy&) const = default;

  // check refuses what no policy may say: policy_empty, policy_invalid, mixed_roots. Readers call it; so does appraise,
  // for policies that were put together in code.
  // With a memory a test root's certificate is read once.
  Status check(crypto::ChainMemory* memory = nullptr) const;
  Bytes to_cbor() const;
  static Result<EvidencePolicy> from_cbor(View cbor);
  Digest digest() const;  // SHA-256 of to_cbor()

  bool development() const;  // its roots and enrolled keys are for tests
  const Root* root(const Digest& sha256) const;
  const BrokerReference* broker(const crypto::VerifyKey& identity) const;
  const ModelReference* model(std::string_view name) const;
};

}  // namespace glovebox::verifier
