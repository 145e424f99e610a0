#include "verifier/ear.h"

#include <algorithm>

#include "crypto/cose.h"

namespace glovebox::verifier {
namespace {
// Values of AR4SI section 2.3.
constexpr std::int8_t affirmed = 2;
constexpr std::int8_t possibly_vulnerable = 32;
constexpr std::int8_t contradicted = 96;
constexpr std::int8_t unrecognised = 97;
constexpr std::int8_t not_verified = 99;  // the cryptography of the evidence does not hold

enum Claim : std::size_t { instance, configuration, executables, file_system, hardware, runtime, storage, sourced };

// Keys of the claims in CBOR.
constexpr std::uint64_t key_iat = 6;
constexpr std::uint64_t key_nonce = 10;
constexpr std::uint64_t key_profile = 265;
constexpr std::uint64_t key_submods = 266;
constexpr std::uint64_t key_status = 1000;
constexpr std::uint64_t key_vector = 1001;
constexpr std::uint64_t key_policy = 1003;
constexpr std::uint64_t key_verifier = 1004;
constexpr std::string_view profile = "tag:ietf.org,2026:rats/ear#01";
constexpr std::size_t token_size_max = 65536;
constexpr std::size_t nonce_min = 8;  // RFC 9711, section 4.1
constexpr std::size_t nonce_max = 64;

std::array<std::int8_t, trust_claims> of_refusal(Reject reason) {
  std::array<std::int8_t, trust_claims> out{};
  switch (reason) {
    case Reject::tcb_outdated:
    case Reject::platform_state_not_allowed:
    case Reject::certificate_revoked:
    case Reject::module_unknown:
    case Reject::tcb_status_not_allowed:
    case Reject::advisory_not_allowed:
    case Reject::firmware_unknown:
      out[hardware] = contradicted;
      break;
    case Reject::chip_unknown:
      out[instance] = unrecognised;
      break;
    case Reject::tcb_mismatch:
    case Reject::chip_mismatch:
    case Reject::collateral_invalid:
      out[hardware] = out[instance] = not_verified;
      break;
    case Reject::guest_policy_not_allowed:
    case Reject::privilege_not_allowed:
      out[configuration] = contradicted;
      break;
    case Reject::root_unknown:
      out[hardware] = out[instance] = unrecognised;
      break;
    case Reject::certificate_invalid:
    case Reject::certificate_expired:
    case Reject::evidence_signature_invalid:
    case Reject::quoting_enclave_unknown:
    case Reject::parts_mismatch:
      out[hardware] = out[instance] = not_verified;
      break;
    case Reject::nonce_mismatch:
    case Reject::binding_mismatch:
    case Reject::purpose_mismatch:
    case Reject::evidence_stale:
      out[instance] = contradicted;
      break;
    case Reject::debug_enclave:
      out[runtime] = contradicted;
      break;
    case Reject::measurement_unknown:
      out[executables] = contradicted;
      break;
    case Reject::model_unknown:
    case Reject::configuration_unknown:
    case Reject::pcr_absent:
    case Reject::pcr_zero:
      out[configuration] = contradicted;
      break;
    default:
      break;
  }
  return out;
}

// Texts as map keys follow numbers, and shorter ones longer ones: that is their deterministic order.
std::size_t own_claims(const Ear& ear) {
  return ear.outcome ? 7 : 1;
}

void write_own(cbor::Writer& out, const Ear& ear) {
  if (!ear.outcome) {
    out.tstr("glovebox.refused").tstr(glovebox::name(ear.outcome.error().reason));
    return;
  }
  const AttestationResult& r = *ear.outcome;
  out.tstr("glovebox.root").bstr(r.root);
  out.tstr("glovebox.binding");
  if (r.binding)
    out.bstr(r.binding->view());
  else
    out.null();
  out.tstr("glovebox.version").tstr(r.version);
  out.tstr("glovebox.instance").tstr(r.instance);
  out.tstr("glovebox.platform").tstr(r.platform);
  out.tstr("glovebox.unchecked").array(r.unchecked.size());
  for (const std::string& what : r.unchecked) out.tstr(what);
  out.tstr("glovebox.development").boolean(r.development);
}
}  // namespace

const std::array<std::string_view, trust_claims> trust_claim_names = {
    "instance-identity", "configuration",  "executables",    "file-system",
    "hardware",          "runtime-opaque", "storage-opaque", "sourced-data"};

std::string_view name(Tier tier) {
  switch (tier) {
    case Tier::affirming:
      return "affirming";
    case Tier::warning:
      return "warning";
    case Tier::contraindicated:
      return "contraindicated";
    case Tier::none:
      break;
  }
  return "none";
}

std::array<std::int8_t, trust_claims> Ear::vector() const {
  if (!outcome) return of_refusal(outcome.error().reason);
  const AttestationResult& r = *outcome;
  std::array<std::int8_t, trust_claims> out{};
  const auto left = [&](std::string_view what) { return std::ranges::contains(r.unchecked, what); };
  const auto left_any = [&](std::initializer_list<std::string_view> words) { return std::ranges::any_of(words, left); };
  constexpr std::int8_t unsaid = 0;  // AR4SI: no claim is made
  // Under a test root nothing vouches for hardware: it is said in the claims that a program reads first.
  out[instance] = r.development ? contradicted : left_any({"chip", "instance", "platform"}) ? unsaid : affirmed;
  out[hardware] = r.development                                           ? contradicted
                  : left("maker")                                         ? unsaid  // nobody said anything of it
                  : left("tcb") || left("revocation") || left("firmware") ? possibly_vulnerable
                                                                          : affirmed;
  // A TPM and a PSA device say nothing of who else can read memory.
  out[runtime] = r.development ? contradicted : left("memory") || r.platform == "arm-psa" ? unsaid : affirmed;
  out[executables] = left_any({"extensible", "rtmr0", "rtmr1", "rtmr2", "rtmr3"}) ? unsaid : affirmed;
  out[configuration] = r.configuration ? affirmed : unsaid;
  return out;
}

Tier Ear::status() const {
  if (!outcome || outcome->development) return Tier::contraindicated;
  return outcome->unchecked.empty() ? Tier::affirming : Tier::warning;
}

View Ear::eat_nonce() const {
  const bool answered = outcome && nonce.size() >= nonce_min && nonce.size() <= nonce_max;
  return answered ? View(nonce) : View();
}

Bytes Ear::to_cbor() const {
  cbor::Writer out;
  const View answered = eat_nonce();
  out.map(answered.empty() ? 4 : 5);
  out.uint(key_iat).uint(static_cast<std::uint64_t>(std::max<std::int64_t>(0, issued.seconds())));
  if (!answered.empty()) out.uint(key_nonce).bstr(answered);
  out.uint(key_profile).tstr(profile);
  out.uint(key_submods).map(1).tstr("enclave").map(3 + own_claims(*this));
  out.uint(key_status).integer(static_cast<std::int64_t>(status()));
  const auto values = vector();
  out.uint(key_vector).map(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out.uint(i).integer(values[i]);
  out.uint(key_policy).tstr("sha-256:" + to_hex(policy));
  write_own(out, *this);
  out.uint(key_verifier).map(2).uint(0).tstr("glovebox").uint(1).tstr(GLOVEBOX_VERSION);
  return out.take();
}

std::string Ear::jwt(const crypto::SigningKey& key) const {
  const std::string header = R"({"alg":"EdDSA","typ":"JWT"})";
  const std::string claims = to_json();
  std::string token = to_base64url(view_of(header)) + "." + to_base64url(view_of(claims));
  const crypto::Signature signature = key.sign(view_of(token));
  return token + "." + to_base64url(signature);
}

Bytes Ear::cwt(const crypto::SigningKey& key) const {
  return cbor::Writer().tag(18).raw(crypto::cose_sign1(key, to_cbor(), {})).take();
}

Result<std::string> open_ear_jwt(std::string_view token, const crypto::VerifyKey& key) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.size() > token_size_max ||
      token.find('.', second + 1) != std::string_view::npos)
    return fail(Reject::malformed, "no token of three parts", "a JWT");
  GLOVEBOX_TRY(header, from_base64url(token.substr(0, first)));
  GLOVEBOX_TRY(claims, from_base64url(token.substr(first + 1, second - first - 1)));
  GLOVEBOX_TRY(signature, from_base64url(token.substr(second + 1)));
  if (text_of(header) != R"({"alg":"EdDSA","typ":"JWT"})")
    return fail(Reject::malformed, "another header", "alg EdDSA and typ JWT, as we write it");
  GLOVEBOX_CHECK(crypto::verify(key, view_of(token.substr(0, second)), signature));
  return std::string(text_of(claims));
}

Result<Bytes> open_ear_cwt(View token, const crypto::VerifyKey& key) {
  GLOVEBOX_TRY(cose, crypto::parse_cose_sign1_unverified(token, cbor::Form::foreign));
  GLOVEBOX_CHECK(crypto::verify_cose_sign1(cose, key, {}));
  return to_bytes(cose.payload);
}

}  // namespace glovebox::verifier
