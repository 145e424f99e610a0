// layers: verifier
// max_len: 24576
// Evidence and Nitro documents, of enclaves and of instances' TPMs: what is read is what was written, in the one way
// there is, and for one of the two alone; and nothing is accepted, for nobody here can sign under the policy's root.
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

// one_spelling holds what parsed of either kind of document against what it must be.
void one_spelling(const attestation::NitroDocument& document, attestation::NitroSource source) {
  const auto& claims = document.claims;
  require(document.cose.algorithm == crypto::cose_es384, "only ES384 is a Nitro document");
  require(!claims.pcrs.empty() && claims.pcrs.size() <= attestation::pcr_count, "1 to 32 registers");
  require(claims.source == source, "a document is of what it was read for");
  const auto again = attestation::NitroClaims::parse(claims.encode(), source);
  require(again && *again == claims, "claims survive their encoding");
}

// accepts_these takes a NitroTPM's document of whatever registers it has, if AWS signed it.
verifier::EvidencePolicy accepts_these(const attestation::Pcrs& registers) {
  verifier::EvidencePolicy p = accepts_anything_of_aws();
  p.platforms = {"nitro-tpm"};
  p.measurements.clear();
  verifier::NitroTpmVersion version{.version = "1", .registers = {}};
  for (const auto& [index, value] : registers)
    if (index < attestation::tpm_registers && !attestation::is_zero(value)) version.registers.emplace(index, value);
  version.registers[0][0] = 1;
  p.nitro_tpm = verifier::NitroTpmRules{.keys = {}, .versions = {version}};
  return p;
}

void refused(const Result<verifier::AttestationResult>& result) {
  require(!result, "a document that AWS did not sign for this measurement is refused");
  require(exit_code(result.error().reason) == Exit::evidence_refused || result.error().reason == Reject::truncated,
          "a refusal of evidence has a word for evidence");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  static const verifier::EvidencePolicy policy = accepts_anything_of_aws();
  if (const auto evidence = attestation::Evidence::parse(bytes)) {
    require(equal(evidence->encode(), bytes), "evidence has one spelling");
  }
  const auto document = attestation::parse_unverified(bytes);
  if (document) one_spelling(*document, attestation::NitroSource::enclave);
  const auto of_tpm = attestation::parse_unverified(bytes, attestation::NitroSource::tpm);
  if (of_tpm) one_spelling(*of_tpm, attestation::NitroSource::tpm);
  require(!document || !of_tpm, "a document is an enclave's or a TPM's");
  refused(verifier::appraise_document(bytes, policy, document ? document->claims.timestamp : Time{}));
  const auto these = accepts_these(of_tpm ? of_tpm->claims.pcrs : attestation::Pcrs{});
  refused(verifier::appraise_document(bytes, these, of_tpm ? of_tpm->claims.timestamp : Time{}, {},
                                      attestation::Platform::nitro_tpm));
  if (const auto record = attestation::Cmw::parse(bytes))
    require(attestation::Cmw::parse(record->to_cbor()).value() == *record, "a wrapper survives its form");
  (void)attestation::recognise(bytes);
  return 0;
}
