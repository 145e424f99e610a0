#include "verifier/policy_explain.h"

namespace glovebox::verifier {
namespace {
std::string short_digest(View bytes) {
  return to_hex(bytes.first(8)) + "...";
}

std::string plural(std::size_t count, std::string_view word) {
  return std::to_string(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

std::string whose(const EvidencePolicy& e) {
  std::string out = "It accepts evidence of " + list(e.platforms) + ", not older or younger than " +
                    plural(e.freshness_seconds, "second") + (e.roots.empty() ? ".\n" : ", signed under\n");
  for (const Root& root : e.roots)
    out += "  - " + root.name + " (" + short_digest(root.sha256) + ")" +
           (root.test ? ": a TEST ROOT. No hardware protects what is sent to such an enclave" : "") + "\n";
  if (e.measurements.empty()) return out;
  out += "and only of " + plural(e.measurements.size(), "image") + ":\n";
  for (const Measurement& m : e.measurements)
    out += "  - version " + m.version + ", " + known_by(m) + ", under " + e.root(m.root)->name + "\n";
  return out;
}

std::string of_snp(const SnpRules& r) {
  std::string out = "Of SEV-SNP it accepts reports signed by a " + list(r.signing_keys) + ", of privilege level ";
  out += r.maximum_vmpl == 0 ? "0" : "0 to " + std::to_string(r.maximum_vmpl);
  out += r.chips.empty() ? "" : ", of " + plural(r.chips.size(), "chip");
  if (!r.required.empty()) {
    out += ", with ";
    for (const std::string& word : r.required) out += (&word == &r.required.front() ? "" : ", ") + word;
  }
  out += ", and of no older firmware than\n";
  for (const SnpMinimum& m : r.minima)
    out += "  - " + std::string(attestation::name(m.product)) + ": " + m.tcb.text(m.product) + "\n";
  if (r.minima.empty()) out += "  - any\n";
  for (const std::string& word : r.unchecked) out += "It leaves unchecked, because it says so: " + word + ".\n";
  return out;
}

std::string of_keys(const std::vector<EnrolledKey>& keys) {
  std::string out;
  for (const EnrolledKey& key : keys)
    out += "  - " + key.name + " (" + short_digest(key.digest()) + ")" +
           (key.instance ? ", of instance " + short_digest(*key.instance) : "") +
           (key.test ? ": a TEST KEY. No hardware protects what is sent to such a machine" : "") + "\n";
  return out;
}

std::string of_intel(const IntelRules& r, std::string_view platform) {
  std::string out = "Of " + std::string(platform) + " it accepts quotes";
  if (!r.fmspcs.empty()) out += " of " + plural(r.fmspcs.size(), "kind") + " of platform";
  if (!r.platforms.empty()) out += (r.fmspcs.empty() ? " of " : ", and of ") + plural(r.platforms.size(), "platform");
  if (!r.statuses.empty()) {
    std::vector<std::string> words;
    for (const TcbStatus status : r.statuses) words.emplace_back(name(status));
    out +=
        ", of status " + list(words) + " by documents of number " + std::to_string(r.minimum_evaluation) + " or later";
    if (r.minimum_tcb_date) out += ", at levels of " + to_rfc3339(*r.minimum_tcb_date) + " or later";
    out += r.advisories.empty() ? ", with no advisory" : ", with no advisory but " + list(r.advisories);
  }
  out += r.service_td ? ", with the service guest " + short_digest(*r.service_td) + ".\n" : ".\n";
  for (const std::string& word : r.unchecked) out += "It leaves unchecked, because it says so: " + word + ".\n";
  return out;
}

std::string of_arm(const ArmRules& r, std::string_view platform) {
  std::string out = "Of " + std::string(platform) +
                    " it accepts tokens signed by keys that were enrolled, by nobody but " +
                    "whoever wrote this policy:\n" + of_keys(r.keys);
  if (!r.implementations.empty()) out += "of " + plural(r.implementations.size(), "implementation") + ",\n";
  for (const ArmSoftware& s : r.software)
    out += "  - software " + s.version + ", of exactly " + plural(s.components.size(), "component") + "\n";
  for (const ArmRealm& realm : r.realms)
    out += "  - realm " + realm.version + ", initial measurement " + short_digest(realm.initial) + "\n";
  for (const std::string& word : r.unchecked) out += "It leaves unchecked, because it says so: " + word + ".\n";
  return out;
}

template <std::size_t N>
std::string of_tpm(const TpmRulesOf<N>& r, std::string_view whose_keys) {
  std::string out = "Of " + std::string(whose_keys) + "\n" + of_keys(r.keys);
  for (const TpmVersionOf<N>& v : r.versions)
    out += "  - version " + v.version + ", by " + plural(v.registers.size(), "register") + "\n";
  return out;
}

std::string what_runs(const EvidencePolicy& e) {
  if (e.profile == Profile::none)
    return "It does not ask what the enclave loaded, nor how it was started, and no keys: profile \"none\" is for "
           "looking\n"
           "at documents of others. Nothing is ever sent under it.\n";
  std::string out = "The enclave must hold exactly " + plural(e.models.size(), "model") + ":\n";
  for (const ModelReference& model : e.models) out += "  - " + model.name + " (" + short_digest(model.digest) + ")\n";
  out += "It must have been started with configuration " + short_digest(e.configuration) + ", and offer a key of KEM ";
  std::vector<std::string> kems;
  for (const crypto::Kem kem : e.kems) kems.emplace_back(crypto::name(kem));
  out += list(kems) + ".\n";
  if (e.brokers.empty())
    return out + "It names no broker: keys go to the enclave alone, and nobody counts their uses.\n";
  out += "A share of each key may be held by\n";
  for (const BrokerReference& b : e.brokers) out += "  - " + b.name + " (" + short_digest(b.identity.bytes) + ")\n";
  return out;
}

std::string what_may_be_done(const protocol::ReleaseRules& r) {
  std::string out = "What is sealed under it may be used for \"" + r.purpose + "\"";
  if (r.not_before) out += ", from " + to_rfc3339(*r.not_before);
  if (r.not_after) out += ", until " + to_rfc3339(*r.not_after);
  out += r.maximum_uses ? ", at most " + plural(*r.maximum_uses, "time") : ", any number of times";
  std::vector<std::string> forms;
  for (const auto form : r.output_forms) forms.emplace_back(protocol::name(form));
  out += ", to give a " + list(forms) + ".\n";
  return out + (r.requesters.empty() ? std::string("Only its owner may ask.\n")
                                     : "Its owner may ask, and " + plural(r.requesters.size(), "other key") + ".\n");
}
}  // namespace

std::string known_by(const Measurement& m) {
  if (m.launch) return "launch measurement " + short_digest(*m.launch);
  if (m.td) return "mr_td " + short_digest(m.td->mr_td);
  if (!m.enclave) return "PCR0 " + short_digest(m.pcrs[0]);
  if (m.enclave->mr_enclave) return "mr_enclave " + short_digest(*m.enclave->mr_enclave);
  const auto& by = *m.enclave->by;
  return "anything signed by " + short_digest(by.mr_signer) + " as product " + std::to_string(by.isv_prod_id) +
         " from version " + std::to_string(by.minimum_isv_svn);
}

std::string explain(const PolicyFile& policy) {
  const EvidencePolicy& e = policy.evidence;
  std::string out = whose(e) + (e.snp ? of_snp(*e.snp) : "");
  if (e.tdx) out += of_intel(*e.tdx, "TDX");
  if (e.sgx) out += of_intel(*e.sgx, "SGX");
  if (e.arm_cca) out += of_arm(*e.arm_cca, "Arm CCA");
  if (e.arm_psa) out += of_arm(*e.arm_psa, "Arm PSA");
  if (e.azure_snp) out += of_tpm(*e.azure_snp, "Azure it accepts quotes of virtual TPMs that SEV-SNP vouches for:");
  if (e.azure_tdx) out += of_tpm(*e.azure_tdx, "Azure it accepts quotes of virtual TPMs that TDX vouches for:");
  if (e.nitro_tpm)
    out += of_tpm(*e.nitro_tpm, "AWS it accepts documents of instances' TPMs (NitroTPM), which are no enclaves:");
  if (e.tpm) out += of_tpm(*e.tpm, "TPMs it accepts quotes under enrolled keys, which say nothing of what runs them:");
  out += what_runs(e);
  if (policy.release) out += what_may_be_done(*policy.release);
  out +=
      "It never accepts an enclave in debug mode, another nonce, another key or another root, whatever is added to "
      "it.\n";
  return out + "digest " + to_hex(e.digest()) + "\n";
}

}  // namespace glovebox::verifier
