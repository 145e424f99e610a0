#include "verifier/policy_new.h"

#include "verifier/policy_text.h"
#include "verifier/policy_toml.h"

namespace glovebox::verifier {
using attestation::toml_string;

Result<std::string> policy_new(const attestation::ReferenceValues& image, std::span<const ModelReference> models,
                               std::span<const BrokerReference> brokers) {
  std::string out =
      "# What I accept. Every line is a decision: whoever changes one accepts something else, and its digest changes.\n"
      "# Comments and the order of lines do not count. docs/spec/policy.md says what each key means.\n";
  const RootChoice root{.name = image.root_name, .sha256 = image.root_sha256, .test = image.test_root};
  out += test_notice(root) + "\n[evidence]\n";
  out += assign("profile", "\"glovebox\"",
                "models and configuration must be measured; \"none\" would leave them unchecked");
  out += assign("platforms", "[\"nitro\"]", "hardware whose evidence counts");
  out += assign("freshness_seconds", "300", "how old, or how far ahead of this clock, evidence may be");
  out += assign("kems", "[\"x-wing\"]",
                "key exchange with ML-KEM-768; \"x25519\" alone would not resist a quantum computer");
  out += assign("configuration", toml_hex(image.configuration),
                "digest of the enclave's configuration: sizes and time limits");
  out += root_table(root);

  out += "\n[[evidence.measurements]]  # which enclave image\n";
  out += assign("version", toml_string(image.version), "the name it goes by in results");
  out += assign("root", toml_hex(image.root_sha256), "the root it counts under");
  out += assign("pcr0", toml_hex(image.pcrs[0]), "the whole image");
  out += assign("pcr1", toml_hex(image.pcrs[1]), "its kernel and first file system");
  out += assign("pcr2", toml_hex(image.pcrs[2]), "its other file systems");

  for (const ModelReference& model : models) {
    out += "\n[[evidence.models]]  # the enclave must hold exactly the models listed, no more and no fewer\n";
    out += assign("name", toml_string(model.name), "what I call it");
    out += assign("digest", toml_hex(model.digest), "SHA-256 of its bundle");
  }
  for (const BrokerReference& broker : brokers) {
    out += "\n[[evidence.brokers]]  # who may hold a share of my keys and release it\n";
    out += assign("name", toml_string(broker.name), "what I call it");
    out += assign("identity", toml_hex(broker.identity.bytes),
                  "its Ed25519 key, learnt from its operator, not from the host");
    if (broker.url)
      out += assign("url", toml_string(*broker.url), "where to ask it for its key statements; not part of the digest");
  }

  out += "\n[release]  # what a broker must hold to for what I seal\n";
  out += assign("purpose", "\"risk-score\"", "what my data may be used for");
  out += assign("output_forms", "[\"score\"]", "what may come out: \"score\", \"table\"");
  out += assign("requesters", "[]", "keys that may ask beside my own");
  out += "# not_before = \"2026-01-01T00:00:00Z\"  # earliest release; needs a broker\n";
  out += "# not_after = \"2027-01-01T00:00:00Z\"  # latest release; needs a broker\n";
  out += "# maximum_uses = 10  # releases in all; needs a broker (1 alone is enforced by the enclave, too)\n";

  GLOVEBOX_TRY(parsed, parse_policy(view_of(out)));  // what is handed out is a policy
  if (parsed.evidence.models.size() != models.size()) return fail(Reject::internal);
  return out;
}

}  // namespace glovebox::verifier
