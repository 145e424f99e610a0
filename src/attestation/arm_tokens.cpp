#include "attestation/arm_tokens.h"

#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
constexpr std::uint64_t tag_cca = 399;
constexpr std::uint64_t key_platform = 44234;
constexpr std::uint64_t key_realm = 44241;
constexpr std::int64_t first_profile_base = -75000;
constexpr std::string_view first_profile_name = "PSA_IOT_PROFILE_1";
constexpr std::size_t cose_key_size_max = 128;
constexpr std::size_t hash_name_size_max = 16;
constexpr std::int64_t i32_min = INT32_MIN;
constexpr std::int64_t i32_max = INT32_MAX;
using enum ArmShape;

constexpr auto psa = std::to_array<ArmRule>({
    {arm::profile, text, 1, arm_text_size_max},
    {arm::client, integer, i32_min, i32_max},
    {arm::lifecycle, integer, 0, 0xffff},
    {arm::implementation, bytes, 32, 32},
    {arm::boot_seed, bytes, 8, 32, false},
    {arm::certification, text, 1, 64, false},
    {arm::components, components},
    {arm::nonce, hash},
    {arm::instance, bytes, 33, 33},
    {arm::service, text, 1, arm_text_size_max, false},
});
// The order of the claims of `psa` in the numbers of the first profile.
constexpr std::array<std::int64_t, psa.size()> first_numbers = {-75000, -75001, -75002, -75003, -75004,
                                                                -75005, -75006, -75008, -75009, -75010};
constexpr auto psa_first = [] {
  auto out = psa;
  for (std::size_t i = 0; i < out.size(); ++i) out[i].key = first_numbers[i];
  out[4].required = true;  // the boot seed
  out[4].min = 32;
  return out;
}();

constexpr auto cca_platform = std::to_array<ArmRule>({
    {arm::profile, text, 1, arm_text_size_max},
    {arm::nonce, hash},
    {arm::implementation, bytes, 32, 32},
    {arm::instance, bytes, 33, 33},
    {arm::platform_config, bytes, 0, arm_config_size_max},
    {arm::lifecycle, integer, 0, 0xffff},
    {arm::components, components},
    {arm::service, text, 1, arm_text_size_max, false},
    {arm::platform_hash, text, 1, hash_name_size_max},
});
constexpr auto cca_realm = std::to_array<ArmRule>({
    {arm::profile, text, 1, arm_text_size_max, false},
    {arm::nonce, bytes, 64, 64},
    {arm::personalization, bytes, 64, 64},
    {arm::initial, hash},
    {arm::extensible, hashes},
    {arm::realm_hash, text, 1, hash_name_size_max},
    {arm::realm_key, bytes, 1, cose_key_size_max},
    {arm::realm_key_hash, text, 1, hash_name_size_max},
});

constexpr std::array<std::string_view, 2> psa_profiles = {"http://arm.com/psa/2.0.0",
                                                          "tag:psacertified.org,2023:psa#tfm"};
constexpr std::array<std::string_view, 2> platform_profiles = {"http://arm.com/CCA-SSD/1.0.0",
                                                               "tag:arm.com,2023:cca_platform#1.0.0"};
constexpr std::string_view realm_profile = "tag:arm.com,2023:realm#1.0.0";

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}
std::unexpected<Error> malformed(const Error& error) {
  return malformed(std::string(name(error.reason)) + ": " + error.found, error.expected);
}

// whole: a document that ends too early is `truncated`, whatever else is wrong with what there is of it.
Status whole(View document) {
  if (document.size() > arm_token_size_max)
    return malformed("a token of " + std::to_string(document.size()) + " bytes", "at most 20480");
  cbor::Reader in(document, cbor::Form::foreign);
  in.item();
  if (!in.ok() && in.status().error().reason == Reject::truncated)
    return fail(Reject::truncated, std::to_string(document.size()) + " bytes of a token", "the whole of it");
  return {};
}

Result<ArmToken> parse_token(View bytes, std::span<const ArmRule> rules) {
  const auto cose = crypto::parse_cose_sign1_unverified(bytes, cbor::Form::foreign);
  if (!cose) return malformed(cose.error());
  if (!cose->tagged) return malformed("a token without tag 18", "COSE_Sign1 with its tag");
  if (cose->algorithm != crypto::cose_es256 && cose->algorithm != crypto::cose_es384)
    return fail(Reject::algorithm_unsupported, "algorithm " + std::to_string(cose->algorithm),
                "-7 (ES256) or -35 (ES384)");
  const std::size_t size = cose->algorithm == crypto::cose_es256 ? 64 : 96;
  if (cose->signature.size() != size)
    return malformed("a signature of " + std::to_string(cose->signature.size()) + " bytes", std::to_string(size));
  GLOVEBOX_TRY(claims, ArmClaims::parse(cose->payload, rules));
  ArmToken out{.claims = std::move(claims), .bytes = to_bytes(bytes), .algorithm = cose->algorithm};
  if (!equal(out.encode(), bytes)) return malformed("an envelope in another spelling", "definite lengths throughout");
  return out;
}

// cose_key reads a key on P-256 or P-384 (RFC 9053 section 7.1): {1: 2, -1: curve, -2: x, -3: y}, in this order.
Result<crypto::PlatformKey> cose_key(View bytes) {
  cbor::Reader in(bytes, cbor::Form::foreign);
  const auto expect = [&](std::int64_t key) {
    if (in.integer() != key) in.refuse(Reject::malformed, "another field of a COSE_Key", std::to_string(key));
  };
  auto map = in.map(4);
  if (in.ok() && map.left != std::size_t{4}) in.refuse(Reject::malformed, "a COSE_Key of other fields", "four");
  expect(1);
  if (in.integer() != 2) in.refuse(Reject::malformed, "a key of another type", "2 (EC2)");
  expect(-1);
  const std::int64_t curve = in.integer();
  const std::size_t half = curve == 1 ? 32 : 48;
  if (curve != 1 && curve != 2) in.refuse(Reject::malformed, "another curve", "P-256 or P-384");
  expect(-2);
  const View x = in.bstr(half);
  expect(-3);
  const View y = in.bstr(half);
  if (const auto end = in.finish(); !end) return malformed(end.error());
  if (x.size() != half || y.size() != half) return malformed("a coordinate of another size", std::to_string(half));
  return crypto::PlatformKey::from_point(concat({Bytes{4}, x, y}));
}
}  // namespace

ArmLifecycle arm_lifecycle(std::int64_t claim) {
  switch (claim >> 8) {
    case 0x10:
      return ArmLifecycle::assembly;
    case 0x20:
      return ArmLifecycle::provisioning;
    case 0x30:
      return ArmLifecycle::secured;
    case 0x40:
      return ArmLifecycle::debug_others;
    case 0x50:
      return ArmLifecycle::debug_root;
    case 0x60:
      return ArmLifecycle::decommissioned;
    default:
      return ArmLifecycle::unknown;
  }
}

std::string_view name(ArmLifecycle state) {
  switch (state) {
    case ArmLifecycle::unknown:
      return "unknown";
    case ArmLifecycle::assembly:
      return "assembly and test";
    case ArmLifecycle::provisioning:
      return "provisioning";
    case ArmLifecycle::secured:
      return "secured";
    case ArmLifecycle::debug_others:
      return "debugging of what is not the root of trust";
    case ArmLifecycle::debug_root:
      return "debugging of the root of trust";
    case ArmLifecycle::decommissioned:
      break;
  }
  return "decommissioned";
}

crypto::CoseSign1 ArmToken::cose() const {
  auto parsed = crypto::parse_cose_sign1_unverified(bytes, cbor::Form::foreign);
  return parsed ? *parsed : crypto::CoseSign1{};
}

Bytes ArmToken::encode() const {
  const Bytes header = cbor::Writer().map(1).uint(1).integer(algorithm).take();
  return cbor::Writer().tag(18).array(4).bstr(header).map(0).bstr(claims.encode()).bstr(cose().signature).take();
}

std::span<const ArmRule> psa_rules(bool first_profile) {
  return first_profile ? std::span<const ArmRule>(psa_first) : psa;
}
std::span<const ArmRule> cca_platform_rules() {
  return cca_platform;
}
std::span<const ArmRule> cca_realm_rules() {
  return cca_realm;
}

std::int64_t PsaToken::of(std::int64_t claim) const {
  if (!first_profile) return claim;
  const auto at = std::ranges::find(psa, claim, &ArmRule::key) - psa.begin();
  return at == std::ssize(psa) ? claim : first_numbers[static_cast<std::size_t>(at)];
}

Bytes PsaToken::encode() const {
  return token.encode();
}

Result<PsaToken> PsaToken::parse(View document) {
  GLOVEBOX_CHECK(whole(document));
  const auto cose = crypto::parse_cose_sign1_unverified(document, cbor::Form::foreign);
  const bool first =
      cose && ArmClaims::text_unverified(cose->payload, first_profile_base) == std::string(first_profile_name);
  GLOVEBOX_TRY(token, parse_token(document, psa_rules(first)));
  PsaToken out{.token = std::move(token), .first_profile = first};
  if (!first && !std::ranges::contains(psa_profiles, out.token.claims.text(arm::profile)))
    return malformed("profile " + out.token.claims.text(arm::profile), std::string(psa_profiles[1]));
  if (out.token.claims.bytes(out.of(arm::instance))[0] != 1)
    return malformed("an instance of another kind", "a number of random kind, 01 and 32 bytes");
  return out;
}

Bytes cca_document(View platform, View realm) {
  return cbor::Writer().tag(tag_cca).map(2).uint(key_platform).bstr(platform).uint(key_realm).bstr(realm).take();
}

Bytes CcaToken::encode() const {
  return cca_document(platform.encode(), realm.encode());
}

Result<CcaToken> CcaToken::parse(View document) {
  GLOVEBOX_CHECK(whole(document));
  cbor::Reader in(document, cbor::Form::foreign);
  if (in.tag() != tag_cca) in.refuse(Reject::malformed, "another CBOR tag", "399, a token of CCA");
  auto map = in.map(2);
  if (in.ok() && map.left != std::size_t{2}) in.refuse(Reject::malformed, "a collection of other parts", "two");
  View parts[2];
  for (std::size_t i = 0; i < 2; ++i) {
    if (in.uint() != (i == 0 ? key_platform : key_realm))
      in.refuse(Reject::malformed, "another part in the collection", "44234 and 44241");
    parts[i] = in.bstr(arm_token_size_max);
  }
  if (const auto end = in.finish(); !end) return malformed(end.error());
  GLOVEBOX_TRY(platform, parse_token(parts[0], cca_platform));
  GLOVEBOX_TRY(realm, parse_token(parts[1], cca_realm));
  CcaToken out{.platform = std::move(platform), .realm = std::move(realm)};
  const std::string profile = out.platform.claims.text(arm::profile);
  if (!std::ranges::contains(platform_profiles, profile))
    return malformed("profile " + profile, std::string(platform_profiles[1]));
  const auto* of_realm = out.realm.claims.find<std::string>(arm::profile);
  if (of_realm != nullptr && *of_realm != realm_profile)
    return malformed("profile " + *of_realm, std::string(realm_profile));
  if (out.platform.claims.bytes(arm::instance)[0] != 1)
    return malformed("an instance of another kind", "01 and 32 bytes");
  GLOVEBOX_CHECK(out.realm_public_key());
  GLOVEBOX_CHECK(out.realm_key_digest());
  return out;
}

Result<crypto::PlatformKey> CcaToken::realm_public_key() const {
  const View bytes = realm.claims.bytes(arm::realm_key);
  const bool newer = realm.claims.find<std::string>(arm::profile) != nullptr;
  auto key = newer ? cose_key(bytes) : crypto::PlatformKey::from_point(bytes);
  if (!key) return malformed("the realm's key: " + key.error().found, key.error().expected);
  return key;
}

Result<Bytes> CcaToken::realm_key_digest() const {
  const std::string how = realm.claims.text(arm::realm_key_hash);
  const View bytes = realm.claims.bytes(arm::realm_key);
  const auto as_bytes = [](const auto& digest) { return Bytes(digest.begin(), digest.end()); };
  if (how == "sha-256") return as_bytes(crypto::sha256(bytes));
  if (how == "sha-384") return as_bytes(crypto::sha384(bytes));
  if (how == "sha-512") return as_bytes(crypto::sha512(bytes));
  return malformed("a hash called " + how, "sha-256, sha-384 or sha-512");
}

Array<64> cca_inputs(const Digest& configuration, std::span<const Digest> models) {
  std::vector<Digest> sorted(models.begin(), models.end());
  std::ranges::sort(sorted);
  cbor::Writer out;
  out.document("glovebox host data v1", 3).bstr(configuration).array(sorted.size());
  for (const Digest& model : sorted) out.bstr(model);
  return crypto::sha512(out.view());
}

}  // namespace glovebox::attestation
