// layers: verifier
// max_len: 24576
// Evidence and Nitro documents: what is read is what was written, in the one way there is; and nothing is accepted, for
// nobody here can sign under the policy's root.
#include "attestation/cmw.h"
#include "attestation/evidence.h"
#include "attestation/nitro_document.h"
#include "attestation/platform.h"
#include "property.h"
#include "verifier/appraise.h"
#include "verifier/nitro_verify.h"

using namespace glovebox;
using fuzz::require;

namespace {
verifier::EvidencePolicy accepts_anything_of_aws() {
  verifier::EvidencePolicy p;
  p.profile = verifier::Profile::none;
  p.platforms = {"nitro"};
  p.freshness_seconds = 86400;
  p.roots = {{.name = "AWS", .sha256 = verifier::aws_nitro_root_sha256()}};
  p.measurements = {{.version = "1", .root = verifier::aws_nitro_root_sha256(), .pcrs = {}}};
  for (auto& pcr : p.measurements[0].pcrs) pcr.fill(1);
  return p;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  static const verifier::EvidencePolicy policy = accepts_anything_of_aws();
  if (const auto evidence = attestation::Evidence::parse(bytes)) {
    require(equal(evidence->encode(), bytes), "evidence has one spelling");
  }
  const auto document = attestation::parse_unverified(bytes);
  if (document) {
    const auto& claims = document->claims;
    require(document->cose.algorithm == crypto::cose_es384, "only ES384 is a Nitro document");
    require(!claims.pcrs.empty() && claims.pcrs.size() <= attestation::pcr_count, "1 to 32 registers");
    const auto again = attestation::NitroClaims::parse(claims.encode());
    require(again && *again == claims, "claims survive their encoding");
  }
  const auto at = document ? document->claims.timestamp : Time{};
  const auto result = verifier::appraise_document(bytes, policy, at);
  require(!result, "a document that AWS did not sign for this measurement is refused");
  require(exit_code(result.error().reason) == Exit::evidence_refused || result.error().reason == Reject::truncated,
          "a refusal of evidence has a word for evidence");
  if (const auto record = attestation::Cmw::parse(bytes))
    require(attestation::Cmw::parse(record->to_cbor()).value() == *record, "a wrapper survives its form");
  (void)attestation::recognise(bytes);
  return 0;
}
