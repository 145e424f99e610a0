#include "verifier/nitro_verify.h"

#include "crypto/chain_memory.h"
#include "verifier/known_roots.h"

namespace glovebox::verifier {
namespace {
// anchor returns the certificate of a pinned root: our own copy of AWS's, or the one that the policy carries for a test
// root. Never one that came with the document.
Result<crypto::Certificate> anchor(const Root& root, crypto::ChainMemory* memory) {
  static const auto aws = crypto::Certificate::parse(aws_nitro_root());
  if (!root.test || !root.certificate) return aws;
  return crypto::certificate_of(*root.certificate, memory);
}
}  // namespace

Result<const Root*> verify_nitro(const attestation::NitroDocument& document, const EvidencePolicy& policy, Time at,
                                 crypto::ChainMemory* memory) {
  const attestation::NitroClaims& claims = document.claims;
  GLOVEBOX_TRY(leaf, crypto::certificate_of(claims.certificate, memory));
  std::vector<crypto::Certificate> intermediates;
  for (std::size_t i = 1; i < claims.cabundle.size(); ++i) {
    GLOVEBOX_TRY(certificate, crypto::certificate_of(claims.cabundle[i], memory));
    intermediates.push_back(std::move(certificate));
  }

  const Root* found = nullptr;
  // Of several roots' refusals the most telling one is returned: that a root did not issue the chain says the least.
  Status refused =
      fail(Reject::root_unknown,
           "a chain that begins under " + (intermediates.empty() ? leaf : intermediates.front()).fields().issuer,
           "one of the policy's roots");
  for (const Root& root : policy.roots) {
    // A policy for several platforms names their roots too.
    if (const KnownRoot* known = known_root(root.sha256); known && known->platform != attestation::Platform::nitro)
      continue;
    GLOVEBOX_TRY(certificate, anchor(root, memory));
    if (certificate.fields().key != crypto::nitro_chain.ca_key) continue;
    const Status verified = crypto::verify_chain(certificate, intermediates, leaf, at, crypto::nitro_chain, memory);
    if (verified) {
      found = &root;
      break;
    }
    if (verified.error().reason != Reject::root_unknown) refused = verified;
  }
  if (found == nullptr) return std::unexpected(refused.error());

  GLOVEBOX_TRY(key, leaf.ec_public_key());
  if (const auto verified = crypto::verify_cose_sign1(document.cose, key, {}); !verified) {
    if (verified.error().reason == Reject::algorithm_unsupported) return std::unexpected(verified.error());
    return fail(Reject::evidence_signature_invalid, "a signature that " + leaf.fields().subject + " did not make");
  }
  return found;
}

}  // namespace glovebox::verifier
