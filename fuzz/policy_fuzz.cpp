// layers: verifier
// max_len: 8192
// Policies: what a person wrote has one deterministic form, which reads back as the same; reference values likewise.
#include "property.h"
#include "verifier/policy_toml.h"
#include "verifier/reference_values_file.h"

using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  if (const auto file = verifier::parse_policy(bytes)) {
    require(file->evidence.check().has_value(), "what was read is a policy");
    const auto again = verifier::EvidencePolicy::from_cbor(file->evidence.to_cbor());
    require(again && again->to_cbor() == file->evidence.to_cbor(), "the deterministic form reads back");
    require(again->digest() == file->evidence.digest(), "one digest for one meaning");
    if (file->release) {
      const auto rules = protocol::ReleaseRules::parse(file->release->encode());
      require(rules && *rules == *file->release, "release rules read back");
    }
    for (const auto& m : file->evidence.measurements) {
      if (m.launch) {
        require(*m.launch != Array<48>{}, "no all-zero measurement");
        continue;
      }
      for (const auto& pcr : m.pcrs) require(!attestation::is_zero(pcr), "no all-zero register");
    }
  }
  if (const auto policy = verifier::EvidencePolicy::from_cbor(bytes))
    require(equal(policy->to_cbor(), bytes), "the deterministic form is one");
  if (const auto values = verifier::parse_reference_values(bytes)) {
    const std::string text = values->to_toml();
    const auto again = verifier::parse_reference_values(view_of(text));
    require(again && *again == *values, "reference values survive their text");
  }
  return 0;
}
