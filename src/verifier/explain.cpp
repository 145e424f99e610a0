#include "verifier/explain.h"

#include <cstdlib>

#include "crypto/x509.h"

namespace glovebox::verifier {
namespace {
constexpr auto steps = std::to_array<std::pair<Step, std::string_view>>({
    {Step::policy, "policy"},
    {Step::form, "form of the evidence"},
    {Step::certificates, "certificates up to a pinned root"},
    {Step::signature, "signature of the platform"},
    {Step::freshness, "made now"},
    {Step::binding, "made for this nonce, purpose and keys"},
    {Step::profile, "the registers of this profile"},
    {Step::debug, "not in debug mode"},
    {Step::registers, "version, models and configuration"},
    {Step::kem, "key exchange allowed"},
});

std::string line(std::string_view mark, std::string_view what, std::string_view rest = {}) {
  std::string out = "  " + std::string(mark);
  out.resize(9, ' ');
  out += what;
  if (!rest.empty()) {
    if (out.size() < 48) out.resize(48, ' ');
    out += " " + std::string(rest);
  }
  return out + "\n";
}

// printable keeps what a sender wrote from steering a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
  return out;
}

std::string field(std::string_view key, const std::string& value) {
  std::string out = std::string(key);
  out.resize(16, ' ');
  return out + value + "\n";
}

std::string bytes_or_none(const std::optional<Bytes>& value) {
  if (!value) return "(none)";
  return to_hex(*value) + " (" + std::to_string(value->size()) + " bytes)";
}

std::string certificate_line(View der) {
  const auto certificate = crypto::Certificate::parse(der);
  if (!certificate) return "(not a certificate: " + certificate.error().found + ")";
  const auto& f = certificate->fields();
  return printable(f.subject) + ", " + to_rfc3339(f.not_before) + " to " + to_rfc3339(f.not_after);
}
}  // namespace

std::string_view name(Step step) {
  for (const auto& [value, text] : steps)
    if (value == step) return text;
  std::abort();
}

Step step_of(Reject reason) {
  switch (reason) {
    case Reject::root_unknown:
    case Reject::certificate_invalid:
    case Reject::certificate_expired:
      return Step::certificates;
    case Reject::evidence_signature_invalid:
      return Step::signature;
    case Reject::evidence_stale:
      return Step::freshness;
    case Reject::nonce_mismatch:
    case Reject::purpose_mismatch:
    case Reject::binding_mismatch:
      return Step::binding;
    case Reject::pcr_absent:
      return Step::profile;
    case Reject::debug_enclave:
      return Step::debug;
    case Reject::pcr_zero:
    case Reject::measurement_unknown:
    case Reject::model_unknown:
    case Reject::configuration_unknown:
      return Step::registers;
    case Reject::kem_not_allowed:
      return Step::kem;
    case Reject::policy_invalid:
    case Reject::policy_empty:
    case Reject::mixed_roots:
    case Reject::too_large:
      return Step::policy;
    default:
      return Step::form;
  }
}

std::string explain(const Error& refused) {
  const Step failed = step_of(refused.reason);
  std::string out = "evidence refused: " + std::string(glovebox::name(refused.reason)) + "\n";
  for (const auto& [step, text] : steps) {
    if (step < failed) out += line("ok", text);
    if (step == failed) out += line("FAILED", text, sentence(refused.reason));
    if (step > failed) out += line("-", text, "not looked at");
  }
  if (!refused.found.empty()) out += "  found:    " + printable(refused.found) + "\n";
  if (!refused.expected.empty()) out += "  expected: " + printable(refused.expected) + "\n";
  if (!refused.hint.empty()) out += "  hint:     " + printable(refused.hint) + "\n";
  return out;
}

std::string explain(const AttestationResult& r) {
  std::string out = "evidence accepted: version " + r.version + "\n";
  for (const auto& [step, text] : steps) {
    const bool skipped = r.keys.keys().empty() && (step == Step::binding || step == Step::kem);
    out += skipped ? line("-", text, "unchecked: a bare document") : line("ok", text);
  }
  if (r.development) out += "  DEVELOPMENT ENCLAVE: no hardware protection\n";
  out += "  platform: " + r.platform + ", under " + r.root_name + "\n";
  out += "  enclave:  " + printable(r.module_id) + ", " + to_rfc3339(r.time) + "\n";
  for (const ModelReference& model : r.models) out += "  model:    " + model.name + " " + to_hex(model.digest) + "\n";
  if (!r.unchecked.empty()) {
    out += "  unchecked:";
    for (const std::string& what : r.unchecked) out += " " + what;
    out += "\n";
  }
  return out;
}

std::string describe(const attestation::NitroDocument& document) {
  const attestation::NitroClaims& c = document.claims;
  std::string out = "AWS Nitro attestation document. Nothing below is verified.\n";
  out += field("module", printable(c.module_id)) + field("time", to_rfc3339(c.timestamp));
  for (const auto& [index, value] : c.pcrs)
    if (!attestation::is_zero(value)) out += field("PCR" + std::to_string(index), to_hex(value));
  std::string zero;
  for (const auto& [index, value] : c.pcrs)
    if (attestation::is_zero(value)) zero += (zero.empty() ? "" : " ") + std::to_string(index);
  if (!zero.empty()) out += field("zero PCRs", zero);
  bool debug = false;
  for (const std::uint8_t index : attestation::pcrs_of_image)
    if (const auto it = c.pcrs.find(index); it != c.pcrs.end()) debug = debug || attestation::is_zero(it->second);
  if (debug) out += field("", "DEBUG MODE: the host can read this enclave's memory");
  out += field("user data", bytes_or_none(c.user_data)) + field("nonce", bytes_or_none(c.nonce));
  out += field("public key", bytes_or_none(c.public_key)) + field("certificate", certificate_line(c.certificate));
  for (std::size_t i = c.cabundle.size(); i-- > 0;)
    out += field(i == 0 ? "  (ignored)" : "  issued by", certificate_line(c.cabundle[i]));
  out += field("signature", std::to_string(document.cose.signature.size()) + " bytes, ES384, not checked here");
  return out;
}

std::string describe(const attestation::Evidence& evidence) {
  std::string out = "glovebox evidence. Nothing below is verified.\n";
  out += field("purpose", std::string(attestation::name(evidence.purpose()))) + field("nonce", to_hex(evidence.nonce));
  for (const attestation::Key& key : evidence.keys.keys())
    out += field("key " + printable(key.role), "algorithm " + std::to_string(key.algorithm) + ", " +
                                                   std::to_string(key.public_key.size()) + " bytes");
  out += field("binding", to_hex(evidence.binding().view())) + field("document", printable(evidence.media_type));
  if (const auto document = attestation::parse_unverified(evidence.document))
    return out + "\n" + describe(*document);
  else
    return out + field("", describe(document.error()));
}

}  // namespace glovebox::verifier
