// ear.h: an appraisal's outcome as an EAT attestation result (draft-ietf-rats-ear-04), with AR4SI's vector
// (draft-ietf-rats-ar4si), so that one who knows nothing of platforms can act on it. Signed as a JWT (RFC 7519, EdDSA)
// or as a CWT (RFC 8392: COSE_Sign1, tag 18, EdDSA). docs/spec/evidence.md, "Attestation result", names each claim.
#pragma once
#include "crypto/sign.h"
#include "verifier/appraise.h"

namespace glovebox::verifier {

// Tiers of AR4SI; a claim's value lies in one of them.
enum class Tier : std::int8_t { none = 0, affirming = 2, warning = 32, contraindicated = 96 };
std::string_view name(Tier tier);

// The claims of AR4SI's trustworthiness vector, in the order of their numbers.
constexpr std::size_t trust_claims = 8;
extern const std::array<std::string_view, trust_claims> trust_claim_names;

// Ear is what a token says. `outcome` is the appraisal's: accepted evidence, or why it was refused.
struct Ear {
  Result<AttestationResult> outcome;
  Digest policy{};  // that it was appraised under
  Time issued;
  Bytes nonce = {};  // that it was appraised with; empty: none was asked for

  // eat_nonce is the nonce that accepted evidence was found to answer, where it has the 8 to 64 bytes of the claim:
  // what a relying party asked the verifier with, it finds again in the result. Empty elsewhere.
  View eat_nonce() const;
  Tier status() const;
  std::array<std::int8_t, trust_claims> vector() const;

  std::string to_json() const;  // the claims alone, indented, unsigned
  Bytes to_cbor() const;        // the claims alone, deterministic
  std::string jwt(const crypto::SigningKey& key) const;
  Bytes cwt(const crypto::SigningKey& key) const;
};

// open_ear_jwt and open_ear_cwt check a token's signature and return its claims, JSON or CBOR, unread.
// signature_invalid, malformed. A JWT's algorithm must be EdDSA, whatever its header says.
Result<std::string> open_ear_jwt(std::string_view token, const crypto::VerifyKey& key);
Result<Bytes> open_ear_cwt(View token, const crypto::VerifyKey& key);

}  // namespace glovebox::verifier
