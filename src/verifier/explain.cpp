#include "verifier/explain.h"

#include <cstdlib>

#include "attestation/cmw.h"
#include "crypto/x509.h"
#include "verifier/text_lines.h"

namespace glovebox::verifier {
namespace {
using attestation::Kind;
using attestation::Platform;

constexpr auto steps = std::to_array<std::pair<Step, std::string_view>>({
    {Step::policy, "policy"},
    {Step::form, "form of the evidence"},
    {Step::certificates, "certificates up to a pinned root"},
    {Step::signature, "signature of the platform"},
    {Step::freshness, "made now"},
    {Step::binding, "made for this nonce, purpose and keys"},
    {Step::profile, "the registers of this profile"},
    {Step::debug, "not in debug mode"},
    {Step::platform, "firmware, chip and state of the platform"},
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

std::string bytes_or_none(const std::optional<Bytes>& value) {
  if (!value) return "(none)";
  return to_hex(*value) + " (" + std::to_string(value->size()) + " bytes)";
}

// why_unchecked says why something was left out, for the words that a result lists.
std::string_view why_unchecked(std::string_view what) {
  constexpr auto reasons = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"models", "nothing in it says which models were loaded"},
      {"configuration", "nothing in it says how the enclave was started"},
      {"keys", "a bare document names no keys: do not seal to any that came with it"},
      {"binding", "what its caller's data mean is its maker's secret"},
      {"nonce", "no --nonce was given: it may be a copy of an older one"},
      {"time", "a report carries none: without a nonce it may be of any day"},
      {"tcb", "the policy asks for no least firmware"},
      {"chip", "the policy takes any chip of the product"},
      {"revocation", "the policy asks for no revocation list"},
      {"maker", "no maker vouches for the key: it counts because you enrolled it"},
      {"implementation", "the policy takes any implementation under its keys"},
      {"memory", "what can read the machine's memory is not in what a TPM signs"},
      {"instance", "the policy does not say whose its keys are"},
      {"firmware", "the policy lists no firmware of the platform"},
      {"extensible", "the policy does not say what a realm may measure after its start"},
      {"fmspc", "the policy takes any kind of platform"},
      {"platform", "the policy takes any platform of its kind"},
      {"sept-ve-disable", "the policy does not ask whether the host may take pages away"},
      {"rtmr0", "the policy asks for no value of it"},
      {"rtmr1", "the policy asks for no value of it"},
      {"rtmr2", "the policy asks for no value of it"},
      {"rtmr3", "the policy asks for no value of it"},
  });
  for (const auto& [word, reason] : reasons)
    if (word == what) return reason;
  return "";
}

std::string certificate_line(View der) {
  const auto certificate = crypto::Certificate::parse(der);
  if (!certificate) return "(not a certificate: " + certificate.error().found + ")";
  const auto& f = certificate->fields();
  return printable(f.subject) + ", " + to_rfc3339(f.not_before) + " to " + to_rfc3339(f.not_after);
}
Result<std::string> describe_document(Platform platform, View document) {
  if (platform == Platform::sev_snp) {
    GLOVEBOX_TRY(evidence, attestation::SnpEvidence::parse(document));
    return describe(evidence);
  }
  if (platform == Platform::tdx || platform == Platform::sgx) {
    GLOVEBOX_TRY(quote, attestation::Quote::parse(document));
    return describe(quote);
  }
  if (platform == Platform::arm_cca) {
    GLOVEBOX_TRY(token, attestation::CcaToken::parse(document));
    return describe(token);
  }
  if (platform == Platform::arm_psa) {
    GLOVEBOX_TRY(token, attestation::PsaToken::parse(document));
    return describe(token);
  }
  if (platform == Platform::azure_snp) {
    GLOVEBOX_TRY(evidence, attestation::AzureEvidence::parse(document));
    return describe(evidence.hcl) + "\n" + describe(evidence.quote.attest);
  }
  if (platform == Platform::azure_tdx) {
    GLOVEBOX_TRY(evidence, attestation::AzureEvidence::parse(document));
    GLOVEBOX_TRY(quote, evidence.hardware_quote());
    return describe(evidence.hcl) + "\n" + describe(quote) + "\n" + describe(evidence.quote.attest);
  }
  if (platform == Platform::tpm) {
    // A bare TPMS_ATTEST can be described, too; it is the document that can be appraised.
    if (const auto attest = attestation::TpmAttest::parse(document)) return describe(*attest);
    GLOVEBOX_TRY(quote, attestation::TpmQuote::parse(document));
    return describe(quote.attest);
  }
  const auto source =
      platform == Platform::nitro_tpm ? attestation::NitroSource::tpm : attestation::NitroSource::enclave;
  GLOVEBOX_TRY(parsed, attestation::parse_unverified(document, source));
  return describe(parsed);
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
    case Reject::certificate_revoked:
    case Reject::collateral_missing:
    case Reject::collateral_invalid:
    case Reject::collateral_expired:
    case Reject::tcb_mismatch:
    case Reject::chip_mismatch:
      return Step::certificates;
    case Reject::evidence_signature_invalid:
    case Reject::parts_mismatch:
    case Reject::quoting_enclave_unknown:
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
    case Reject::tcb_outdated:
    case Reject::firmware_unknown:
    case Reject::chip_unknown:
    case Reject::signing_key_not_allowed:
    case Reject::privilege_not_allowed:
    case Reject::guest_policy_not_allowed:
    case Reject::platform_state_not_allowed:
    case Reject::module_unknown:
    case Reject::tcb_status_not_allowed:
    case Reject::advisory_not_allowed:
      return Step::platform;
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

std::string_view advice(Reject reason) {
  switch (reason) {
    case Reject::truncated:
      return "fetch the file again: its end is missing";
    case Reject::evidence_malformed:
      return "make sure that this is the evidence itself, in binary, and not a text or a reply around it";
    case Reject::platform_unknown:
      return "name the platform in the policy if you accept it; evidence of one is never taken for another's";
    case Reject::root_unknown:
      return "nothing, if the root is not one you meant to trust; a development enclave needs a development policy";
    case Reject::certificate_expired:
      return "ask for fresh evidence; for kept evidence name its own time with --at";
    case Reject::certificate_invalid:
    case Reject::evidence_signature_invalid:
    case Reject::parts_mismatch:
      return "do not use it: it was changed, or its maker is not whom it names";
    case Reject::evidence_stale:
      return "ask for fresh evidence, and compare the clocks of both machines";
    case Reject::nonce_mismatch:
      return "ask again with a nonce of your own, and appraise what answers that";
    case Reject::binding_mismatch:
    case Reject::purpose_mismatch:
      return "do not send anything: whoever passed it on may hold the key beside it";
    case Reject::debug_enclave:
      return "have the enclave started without debug mode; no policy can allow it";
    case Reject::measurement_unknown:
      return "if you expected a new version, add its reference values to the policy";
    case Reject::model_unknown:
    case Reject::configuration_unknown:
      return "have the enclave started with what the policy names, or change the policy on purpose";
    case Reject::pcr_absent:
      return "foreign documents are looked at under profile = \"none\"";
    case Reject::tcb_outdated:
      return "have the host's firmware updated and the guest started anew, or ask for less in the policy on purpose";
    case Reject::firmware_unknown:
      return "if the platform was updated, add its firmware's measurements to the policy";
    case Reject::tcb_mismatch:
    case Reject::chip_mismatch:
      return "fetch the certificate for this chip and firmware; `glovebox attest show` names its address";
    case Reject::chip_unknown:
      return "if the machine is one of yours, add its chip to the policy";
    case Reject::certificate_revoked:
      return "do not use it: its maker took the certificate back";
    case Reject::collateral_missing:
    case Reject::collateral_expired:
      return "fetch it from the address, import it, and name the bundle with --collateral";
    case Reject::collateral_invalid:
      return "fetch it again: what was given is not its maker's";
    case Reject::signing_key_not_allowed:
    case Reject::privilege_not_allowed:
    case Reject::guest_policy_not_allowed:
    case Reject::platform_state_not_allowed:
      return "have the guest or its host started as the policy asks, or change the policy on purpose";
    case Reject::quoting_enclave_unknown:
    case Reject::module_unknown:
      return "do not use it: what vouches for it is not what the platform's maker names";
    case Reject::tcb_status_not_allowed:
      return "have the host brought up to date, or allow the status in the policy on purpose";
    case Reject::advisory_not_allowed:
      return "read the advisory; if what it says does not concern you, name it under advisories in the policy";
    case Reject::unsupported:
      return "verify it with a tool of its vendor; nothing about it was checked here";
    default:
      return "";
  }
}

std::string_view name(Mark mark) {
  switch (mark) {
    case Mark::passed:
      return "ok";
    case Mark::failed:
      return "FAILED";
    case Mark::unchecked:
      return "unchecked";
    case Mark::not_looked_at:
      break;
  }
  return "not looked at";
}

// why_left_out says why a step of accepted evidence was left out; nothing where it was taken.
std::string_view why_left_out(const AttestationResult& r, Step step) {
  const auto left = [&](std::string_view what) { return std::ranges::contains(r.unchecked, what); };
  switch (step) {
    case Step::binding:
    case Step::kem:
      return r.keys.keys().empty() ? "unchecked: a bare document" : "";
    case Step::certificates:
      return left("maker") ? "unchecked: no maker's certificate, the key is one that you enrolled" : "";
    case Step::freshness:
      return left("time") ? "unchecked: nothing in it says when it was made" : "";
    case Step::debug:
      return r.platform == "tpm" || r.platform == "nitro-tpm" ? "unchecked: a TPM knows nothing of it" : "";
    default:
      return "";
  }
}

std::vector<StepMark> steps_of(const Result<AttestationResult>& outcome) {
  std::vector<StepMark> out;
  for (const auto& [step, text] : steps) {
    Mark mark = Mark::passed;
    if (!outcome) {
      const Step failed = step_of(outcome.error().reason);
      mark = step < failed ? Mark::passed : step == failed ? Mark::failed : Mark::not_looked_at;
    } else if (!why_left_out(*outcome, step).empty()) {
      mark = Mark::unchecked;
    }
    out.push_back({step, mark});
  }
  return out;
}

std::string explain(const Error& refused) {
  std::string out = "evidence refused: " + std::string(glovebox::name(refused.reason)) + "\n";
  for (const auto& [step, mark] : steps_of(std::unexpected(refused))) {
    const bool skipped = mark == Mark::not_looked_at;
    out += line(skipped ? "-" : name(mark), name(step),
                mark == Mark::failed ? sentence(refused.reason)
                : skipped            ? name(mark)
                                     : "");
  }
  if (!refused.found.empty()) out += "  found:    " + printable(refused.found) + "\n";
  if (!refused.expected.empty()) out += "  expected: " + printable(refused.expected) + "\n";
  if (!refused.hint.empty()) out += "  hint:     " + printable(refused.hint) + "\n";
  if (const auto what = advice(refused.reason); !what.empty()) out += "  to do:    " + std::string(what) + "\n";
  return out;
}

std::string explain(const AttestationResult& r) {
  std::string out = "evidence accepted: version " + r.version + "\n";
  for (const auto& [step, mark] : steps_of(r))
    out += mark == Mark::unchecked ? line("-", name(step), std::string(why_left_out(r, step))) : line("ok", name(step));
  if (r.development) out += "  DEVELOPMENT ENCLAVE: no hardware protection\n";
  out += "  platform: " + r.platform + ", under " + r.root_name + "\n";
  out += (r.platform == "nitro-tpm" ? "  instance: " : "  enclave:  ") + printable(r.instance) + ", " +
         to_rfc3339(r.time) + "\n";
  for (const Fact& fact : r.facts) out += "  " + field(fact.name + ":", printable(fact.value));
  for (const ModelReference& model : r.models) out += "  model:    " + model.name + " " + to_hex(model.digest) + "\n";
  for (const std::string& what : r.unchecked) out += "  unchecked: " + field(what, std::string(why_unchecked(what)));
  return out;
}

std::string describe(const attestation::NitroDocument& document) {
  const attestation::NitroClaims& c = document.claims;
  const bool enclave = c.source == attestation::NitroSource::enclave;
  std::string out = enclave
                        ? "AWS Nitro attestation document. Nothing below is verified.\n"
                        : "AWS NitroTPM attestation document, of an instance's TPM and no enclave. Nothing below is "
                          "verified.\n";
  out += field("module", printable(c.module_id)) + field("time", to_rfc3339(c.timestamp));
  for (const auto& [index, value] : c.pcrs)
    if (!attestation::is_zero(value)) out += field("PCR" + std::to_string(index), to_hex(value));
  std::string zero;
  for (const auto& [index, value] : c.pcrs)
    if (attestation::is_zero(value)) zero += (zero.empty() ? "" : " ") + std::to_string(index);
  if (!zero.empty()) out += field("zero PCRs", zero);
  bool debug = false;
  for (const std::uint8_t index : attestation::pcrs_of_image)
    if (const auto it = c.pcrs.find(index); enclave && it != c.pcrs.end())
      debug = debug || attestation::is_zero(it->second);
  if (debug) out += field("", "DEBUG MODE: the host can read this enclave's memory");
  out += field("user data", bytes_or_none(c.user_data)) + field("nonce", bytes_or_none(c.nonce));
  out += field("public key", bytes_or_none(c.public_key)) + field("certificate", certificate_line(c.certificate));
  for (std::size_t i = c.cabundle.size(); i-- > 0;)
    out += field(i == 0 ? "  (ignored)" : "  issued by", certificate_line(c.cabundle[i]));
  out += field("signature", std::to_string(document.cose.signature.size()) + " bytes, ES384, not checked here");
  return out;
}

std::string describe(const attestation::SnpEvidence& evidence) {
  const attestation::SnpReport& r = evidence.report;
  const auto product = r.product();
  std::string out =
      "AMD SEV-SNP attestation report, version " + std::to_string(r.version) + ". Nothing below is verified.\n";
  out += field("product", product ? std::string(attestation::name(*product)) : "(version 2 does not say)");
  out += field("signed by", r.signer() == attestation::SnpSigner::vlek   ? "VLEK, a key of the host's owner"
                            : r.signer() == attestation::SnpSigner::vcek ? "VCEK, a key of the chip"
                                                                         : "nobody");
  out += field("chip", r.chip_masked() ? "(masked)" : to_hex(r.chip_id));
  out += field("measurement", to_hex(r.measurement)) + field("report data", to_hex(r.report_data));
  out += field("host data", to_hex(r.host_data)) + field("vmpl", std::to_string(r.vmpl));
  if (product) {
    const auto tcb = [&](const Array<8>& raw) { return attestation::SnpTcb::of(raw, *product).text(*product); };
    out += field("firmware", tcb(r.reported_tcb));
    if (r.committed_tcb != r.reported_tcb) out += field("  committed", tcb(r.committed_tcb));
    if (r.launch_tcb != r.reported_tcb) out += field("  at launch", tcb(r.launch_tcb));
  } else {
    out += field("firmware", to_hex(r.reported_tcb) + ", as it is written");
  }
  for (const SnpProtection& p : snp_protections())
    if (((p.of_guest ? r.policy : r.platform_info) >> p.bit & 1) == (p.value ? 1U : 0U))
      out += field("has", std::string(p.name));
  if (r.migratable()) out += field("", "a migration agent may move this guest");
  if (r.debug()) out += field("", "DEBUG MODE: the host can read this guest's memory");
  if (evidence.table)
    for (const auto& entry : evidence.table->entries)
      if (entry.kind() != attestation::SnpEntry::other) out += field("certificate", certificate_line(entry.bytes));
  if (product && !r.chip_masked() && r.signer() == attestation::SnpSigner::vcek)
    out += field("its certificate", kds_vcek_url(*product, r));
  if (product) {
    out += field("authorities", kds_chain_url(*product, r.signer()));
    out += field("revocations", kds_crl_url(*product, r.signer()));
  }
  return out;
}

std::string describe(const attestation::Evidence& evidence) {
  std::string out = "glovebox evidence. Nothing below is verified.\n";
  out += field("purpose", std::string(attestation::name(evidence.purpose()))) + field("nonce", to_hex(evidence.nonce));
  for (const attestation::Key& key : evidence.keys.keys())
    out += field("key " + printable(key.role), "algorithm " + std::to_string(key.algorithm) + ", " +
                                                   std::to_string(key.public_key.size()) + " bytes");
  out += field("binding", to_hex(evidence.binding().view())) + field("document", printable(evidence.media_type));
  const auto platform = attestation::platform_from_media_type(evidence.media_type);
  const auto document = describe_document(platform.value_or(Platform::nitro), evidence.document);
  return out + (document ? "\n" + *document : field("", glovebox::describe(document.error())));
}

namespace {
constexpr std::size_t td_report_size = 1024;
constexpr std::uint8_t td_report_kind = 0x81;  // the first byte of a TDREPORT (REPORTTYPE)

// why_unknown says what a file that is no evidence may be instead, where its look tells.
std::unexpected<Error> why_unknown(View file) {
  std::string found = std::to_string(file.size()) + " bytes of something else";
  const std::string expected = "evidence of a platform";
  std::string text;
  for (const char c : text_of(file))
    if (c != '\n' && c != '\r' && c != ' ') text += c;
  auto decoded = from_hex(text);
  if (!decoded) decoded = from_base64(text);
  if (decoded && attestation::recognise(*decoded) != Kind::unknown)
    return fail(Reject::evidence_malformed,
                "hex or base64 of " + std::string(attestation::sentence(attestation::recognise(*decoded))), expected,
                "give the bytes themselves: `xxd -r -p` or `base64 -d` makes them");
  if (text.starts_with('{'))
    return fail(Reject::evidence_malformed, "a JSON text, " + found, expected,
                "an agent's wrapping, or a document of Intel's: take the report, quote or token out of the first; "
                "`glovebox attest collateral show` reads the second");
  if (file.size() == td_report_size && file[0] == td_report_kind)
    return fail(Reject::evidence_malformed, "a TDREPORT of Intel TDX", "a quote",
                "only the machine that made it can check it: its quoting enclave makes a quote of it");
  return fail(Reject::evidence_malformed, std::move(found), expected,
              "a document, report, quote or token as the platform hands it out, or in a CMW");
}
}  // namespace

Overview overview(View file) {
  Overview out{.kind = attestation::recognise(file), .text = {}, .form = {}};
  out.text = "this looks like " + std::string(attestation::sentence(out.kind)) + "\n";
  const auto say = [&](const Result<std::string>& described) {
    if (described)
      out.text += "its form is good\n\n" + *described;
    else
      out.form = std::unexpected(described.error());
  };
  switch (out.kind) {
    case Kind::message: {
      const auto evidence = attestation::Evidence::parse(file);
      say(evidence ? Result<std::string>(describe(*evidence)) : std::unexpected(evidence.error()));
      if (!evidence) break;
      // The message may be good and the document in it not.
      const auto platform = attestation::platform_from_media_type(evidence->media_type);
      const auto document = describe_document(platform.value_or(Platform::nitro), evidence->document);
      if (!document) {
        out.text += "\nthe document in it is not good\n";
        out.form = std::unexpected(document.error());
      }
      break;
    }
    case Kind::cmw: {
      const auto record = attestation::Cmw::parse(file);
      if (!record) {
        out.form = std::unexpected(record.error());
      } else if (const auto platform = attestation::platform_from_media_type(record->media_type)) {
        out.text += "it holds " + printable(record->media_type) + "\n";
        say(describe_document(*platform, record->value));
      } else {
        out.form = fail(Reject::platform_unknown, printable(record->media_type), "a media type of evidence known here");
      }
      break;
    }
    case Kind::cose:  // a Nitro document, most likely, whose parser says what is wrong
      say(describe_document(Platform::nitro, file));
      break;
    case Kind::azure_vtpm: {
      const auto report = attestation::HclReport::parse(file);
      say(report ? Result<std::string>(describe(*report)) : std::unexpected(report.error()));
      break;
    }
    case Kind::unknown:
      out.form = why_unknown(file);
      break;
    case Kind::certificate:
      out.form = fail(Reject::unsupported, std::string(attestation::sentence(out.kind)), "evidence of a platform",
                      "it goes beside evidence: `glovebox attest collateral show` lists it, --collateral gives it");
      break;
    default:
      if (const auto platform = attestation::platform_of(out.kind))
        say(describe_document(*platform, file));
      else
        out.form = fail(Reject::unsupported, std::string(attestation::sentence(out.kind)),
                        "evidence of a platform that is appraised here");
  }
  return out;
}

}  // namespace glovebox::verifier
