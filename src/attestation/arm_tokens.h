// arm_tokens.h: attestation tokens of Arm's platforms: PSA's (RFC 9783, and the profile before it) and CCA's, which is
// two, one of the platform and one of the realm (RMM specification DEN0137, A7.2; draft-ffm-rats-cca-token). Each is a
// COSE_Sign1 with tag 18, {1: -7 or -35} and no unprotected header. Form only: nothing of it may be used before
// verifier::verify_arm.
#pragma once
#include "attestation/arm_claims.h"
#include "crypto/cose_platform.h"

namespace glovebox::attestation {

constexpr std::size_t arm_token_size_max = 20480;

// Claims by what they mean. Those of the first profile of PSA (below -75000) are found by `of`.
namespace arm {
constexpr std::int64_t nonce = 10;
constexpr std::int64_t instance = 256;  // 01 and 32 bytes
constexpr std::int64_t profile = 265;
constexpr std::int64_t client = 2394;
constexpr std::int64_t lifecycle = 2395;
constexpr std::int64_t implementation = 2396;  // 32 bytes
constexpr std::int64_t boot_seed = 2397;
constexpr std::int64_t certification = 2398;
constexpr std::int64_t components = 2399;
constexpr std::int64_t service = 2400;
constexpr std::int64_t platform_config = 2401;
constexpr std::int64_t platform_hash = 2402;
constexpr std::int64_t personalization = 44235;  // of a realm from here: 64 bytes that its host gave it
constexpr std::int64_t realm_hash = 44236;
constexpr std::int64_t realm_key = 44237;
constexpr std::int64_t initial = 44238;     // measurement of the realm as it was started
constexpr std::int64_t extensible = 44239;  // and of what it measured since, four of them
constexpr std::int64_t realm_key_hash = 44240;
}  // namespace arm

// ArmLifecycle is the state that a platform says it is in: the upper byte of the claim.
enum class ArmLifecycle { unknown, assembly, provisioning, secured, debug_others, debug_root, decommissioned };
ArmLifecycle arm_lifecycle(std::int64_t claim);
std::string_view name(ArmLifecycle state);

// ArmToken is one COSE_Sign1 with its claims.
struct ArmToken {
  ArmClaims claims;
  Bytes bytes;  // as received; `cose` borrows them
  std::int64_t algorithm = 0;

  // cose reads the envelope anew: what is verified is what came.
  crypto::CoseSign1 cose() const;
  // encode writes the token from its claims: the bytes received, since a token has one spelling.
  Bytes encode() const;
};

struct PsaToken {
  ArmToken token;
  bool first_profile = false;  // PSA_IOT_PROFILE_1, whose claims have other numbers

  // of is the number that this token's profile has for a claim.
  std::int64_t of(std::int64_t claim) const;
  Bytes encode() const;
  // parse reads exactly one token. truncated; evidence_malformed, algorithm_unsupported.
  static Result<PsaToken> parse(View document);
};

struct CcaToken {
  ArmToken platform;
  ArmToken realm;

  Bytes encode() const;
  static Result<CcaToken> parse(View document);  // as PsaToken::parse
  // realm_public_key is the key that the realm's token names: a point, or a COSE_Key in the newer profile.
  // evidence_malformed.
  Result<crypto::PlatformKey> realm_public_key() const;
  // realm_key_digest hashes the key as it is carried, as the platform's token must name it.
  Result<Bytes> realm_key_digest() const;
};

// What a profile's claims are, for who makes tokens.
std::span<const ArmRule> psa_rules(bool first_profile);
std::span<const ArmRule> cca_platform_rules();
std::span<const ArmRule> cca_realm_rules();

// cca_document puts two tokens into one document: 399({44234: platform, 44241: realm}).
Bytes cca_document(View platform, View realm);

// cca_inputs is the personalization value that a realm of ours is started with: what host data are to SEV-SNP.
Array<64> cca_inputs(const Digest& configuration, std::span<const Digest> models);

}  // namespace glovebox::attestation
