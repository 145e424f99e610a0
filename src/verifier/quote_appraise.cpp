// The appraisal of a quote of Intel's, of TDX and of SGX, held against a policy.
#include <algorithm>

#include "verifier/platform_appraise.h"
#include "verifier/quote_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::EnclaveReport;
using attestation::PckExtension;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;

// Bits of TD_ATTRIBUTES and XFAM that somebody has read the text of (TDX module ABI); of others nobody knows what they
// allow.
constexpr std::uint64_t td_attributes_known = 0xc0000000'f8010000 | 0xff;
constexpr std::uint64_t xfam_known = 0x000edbe7;
constexpr std::uint64_t xfam_required = 0x3;  // x87 and SSE

const Array<64>& report_data(const Quote& quote) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  return td != nullptr ? td->report_data : std::get<EnclaveReport>(quote.body).report_data;
}

std::string hex_flags(std::uint64_t value) {
  Array<8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[7 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return "0x" + to_hex(bytes);
}

Status check_caller_data(const Array<64>& data, const Wanted& wanted) {
  if (wanted.evidence != nullptr) {
    GLOVEBOX_CHECK(check_message(wanted));
    const attestation::Binding& binding = *wanted.binding;
    if (!equal_secret(data, binding.view()))
      return fail(Reject::binding_mismatch, short_hex(data), short_hex(binding.view()),
                  "the keys, nonce or context beside the quote are not those it was made for");
    return {};
  }
  if (!wanted.nonce) return {};
  // A bare quote has 64 bytes of its caller's: a nonce stands at their front, and zeros behind it.
  Array<64> padded{};
  if (wanted.nonce->size() > padded.size()) return fail(Reject::nonce_mismatch, "64 bytes", "a longer nonce");
  std::ranges::copy(*wanted.nonce, padded.begin());
  if (!equal_secret(data, padded))
    return fail(Reject::nonce_mismatch, short_hex(data), short_hex(*wanted.nonce),
                "the quote was made for someone else, or is a copy of an older one");
  return {};
}

Status check_debug(const Quote& quote) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  if (td != nullptr ? td->debug() : std::get<EnclaveReport>(quote.body).debug())
    return fail(Reject::debug_enclave,
                td != nullptr ? "a guest with attributes " + hex_flags(td->td_attributes) : "an enclave in debug mode",
                "none that the host may look into", "the host can read what was started so");
  return {};
}

std::unexpected<Error> not_allowed(std::string found, std::string expected) {
  return fail(Reject::guest_policy_not_allowed, std::move(found), std::move(expected));
}

Status check_guest(const TdReport& td, const IntelRules& rules) {
  if ((td.td_attributes & ~td_attributes_known) != 0)
    return not_allowed("a guest with attributes " + hex_flags(td.td_attributes), "none that nobody knows");
  if ((td.xfam & ~xfam_known) != 0 || (td.xfam & xfam_required) != xfam_required)
    return not_allowed("a guest with XFAM " + hex_flags(td.xfam), "features that are known, x87 and SSE among them");
  if (td.migratable()) return not_allowed("a guest that a migration guest may move", "one that stays");
  if (!td.septve_disabled() && !rules.leaves("sept-ve-disable"))
    return not_allowed("a guest whose host may take pages away and have it told so", "one with SEPT_VE_DISABLE");
  const Array<48> bound = td.later ? td.later->mr_service_td : Array<48>{};
  if (bound != rules.service_td.value_or(Array<48>{}))
    return not_allowed("a service guest " + short_hex(bound),
                       rules.service_td ? short_hex(*rules.service_td) : "none: zeros");
  return {};
}

Status check_enclave(const EnclaveReport& enclave) {
  if (!enclave.initialized()) return not_allowed("an enclave that was never started", "INIT in its attributes");
  if (enclave.provisioning()) return not_allowed("an enclave with the platform's own keys", "none with PROVISIONKEY");
  return {};
}

Status check_platform(const PckExtension& p, const std::optional<TcbStanding>& found, const IntelRules& rules) {
  if (!rules.leaves("fmspc") && !std::ranges::binary_search(rules.fmspcs, p.fmspc))
    return fail(Reject::chip_unknown, "a platform of FMSPC " + to_hex(p.fmspc),
                "one of " + std::to_string(rules.fmspcs.size()) + " kinds");
  if (!rules.leaves("platform") && !std::ranges::binary_search(rules.platforms, p.ppid))
    return fail(Reject::chip_unknown, "platform " + to_hex(p.ppid),
                "one of " + std::to_string(rules.platforms.size()) + " platforms");
  if (!found) return {};
  const TcbStanding& standing = *found;
  const std::string word(name(standing.status));
  if (!std::ranges::contains(rules.statuses, standing.status)) {
    const bool old =
        standing.status == TcbStatus::out_of_date || standing.status == TcbStatus::out_of_date_configuration_needed;
    return fail(old ? Reject::tcb_outdated : Reject::tcb_status_not_allowed, "TCB status " + word,
                std::string(name(rules.statuses.front())) + (rules.statuses.size() > 1 ? ", ..." : ""));
  }
  for (const std::string& one : standing.advisories)
    if (!std::ranges::binary_search(rules.advisories, one))
      return fail(Reject::advisory_not_allowed, one, "an advisory that the policy names");
  if (standing.evaluation < rules.minimum_evaluation)
    return fail(Reject::tcb_outdated, "documents of number " + std::to_string(standing.evaluation),
                "at least " + std::to_string(rules.minimum_evaluation), "fetch newer ones");
  if (rules.minimum_tcb_date && standing.date < *rules.minimum_tcb_date)
    return fail(Reject::tcb_outdated, "a level of " + to_rfc3339(standing.date),
                "of " + to_rfc3339(*rules.minimum_tcb_date) + " or later");
  return {};
}

bool is_of(const Measurement& m, const Quote& quote) {
  if (const auto* const td = std::get_if<TdReport>(&quote.body)) {
    if (!m.td || m.td->mr_td != td->mr_td) return false;
    for (std::size_t i = 0; i < td->rtmr.size(); ++i)
      if (m.td->rtmr[i] && *m.td->rtmr[i] != td->rtmr[i]) return false;
    return true;
  }
  const auto& enclave = std::get<EnclaveReport>(quote.body);
  if (!m.enclave) return false;
  if (m.enclave->mr_enclave) return *m.enclave->mr_enclave == enclave.mr_enclave;
  const auto& by = *m.enclave->by;
  return by.mr_signer == enclave.mr_signer && by.isv_prod_id == enclave.isv_prod_id &&
         enclave.isv_svn >= by.minimum_isv_svn;
}

Result<const Measurement*> measurement(const Quote& quote, const EvidencePolicy& policy, const Root& root) {
  bool elsewhere = false;
  for (const Measurement& m : policy.measurements) {
    if (!is_of(m, quote)) continue;
    if (m.root == root.sha256) return &m;
    elsewhere = true;
  }
  const auto* const td = std::get_if<TdReport>(&quote.body);
  return fail(Reject::measurement_unknown,
              td != nullptr ? "mr_td " + to_hex(td->mr_td)
                            : "mr_enclave " + to_hex(std::get<EnclaveReport>(quote.body).mr_enclave),
              "a measurement of the policy, with all its registers",
              elsewhere ? "the policy knows this measurement, but under another root" : "");
}

Status check_inputs(const Quote& quote, const EvidencePolicy& policy) {
  std::vector<Digest> models;
  for (const ModelReference& model : policy.models) models.push_back(model.digest);
  const auto differs = [](View found, View expected, const std::string& what) -> Status {
    if (equal(found, expected)) return {};
    return fail(Reject::configuration_unknown, what + " " + short_hex(found), short_hex(expected),
                "it was started with other models or another configuration");
  };
  if (const auto* const td = std::get_if<TdReport>(&quote.body))
    return differs(td->mr_config_id, attestation::td_inputs(policy.configuration, models), "MRCONFIGID");
  return differs(std::get<EnclaveReport>(quote.body).config_id,
                 attestation::enclave_inputs(policy.configuration, models), "CONFIGID");
}

}  // namespace

std::vector<Measured> measured_of_quote(const Quote& quote) {
  std::vector<Measured> out;
  if (const auto* const td = std::get_if<TdReport>(&quote.body)) {
    out = {{"mr_td", to_bytes(td->mr_td)}};
    for (std::size_t i = 0; i < td->rtmr.size(); ++i)
      out.push_back({"rtmr" + std::to_string(i), to_bytes(td->rtmr[i])});
    return out;
  }
  const auto& enclave = std::get<EnclaveReport>(quote.body);
  return {{"mr_enclave", to_bytes(enclave.mr_enclave)}, {"mr_signer", to_bytes(enclave.mr_signer)}};
}

std::vector<Fact> facts_of_quote(const Quote& quote, const PckExtension& platform,
                                 const std::optional<TcbStanding>& standing) {
  std::vector<Fact> out = {{"fmspc", to_hex(platform.fmspc)},
                           {"report data", to_hex(report_data(quote))},
                           {"quoting enclave", "version " + std::to_string(quote.quoting.isv_svn)}};
  if (standing) {
    out.push_back({"tcb status", std::string(name(standing->status))});
    std::string advisories;
    for (const std::string& one : standing->advisories) advisories += (advisories.empty() ? "" : " ") + one;
    out.push_back({"advisories", advisories.empty() ? "none" : advisories});
    out.push_back({"tcb date", to_rfc3339(standing->date)});
    out.push_back({"tcb number", std::to_string(standing->evaluation)});
  }
  if (const auto* const td = std::get_if<TdReport>(&quote.body)) {
    out.push_back({"td attributes", hex_flags(td->td_attributes)});
    out.push_back({"xfam", hex_flags(td->xfam)});
    out.push_back({"tdx module", to_hex(td->mr_seam)});
    out.push_back({"tee tcb", to_hex(td->tee_tcb_svn)});
    out.push_back({"mr config id", to_hex(td->mr_config_id)});
    out.push_back({"mr owner", to_hex(td->mr_owner)});
    out.push_back({"mr owner config", to_hex(td->mr_owner_config)});
    if (td->later) out.push_back({"service td", to_hex(td->later->mr_service_td)});
  } else {
    const auto& enclave = std::get<EnclaveReport>(quote.body);
    out.push_back(
        {"isv", "product " + std::to_string(enclave.isv_prod_id) + ", version " + std::to_string(enclave.isv_svn)});
    out.push_back({"attributes", to_hex(enclave.attributes)});
    out.push_back({"config id", to_hex(enclave.config_id)});
  }
  return out;
}

Result<QuoteChecked> check_quote(const Quote& quote, const QuoteVerified& verified, const EvidencePolicy& policy) {
  const IntelRules& rules = rules_for(policy, quote.tee());
  GLOVEBOX_CHECK(check_debug(quote));                             // 7
  if (const auto* const td = std::get_if<TdReport>(&quote.body))  // 8
    GLOVEBOX_CHECK(check_guest(*td, rules));
  else
    GLOVEBOX_CHECK(check_enclave(std::get<EnclaveReport>(quote.body)));
  QuoteChecked out;
  if (verified.documents) {
    GLOVEBOX_TRY(found,
                 standing_of(*verified.documents->info, *verified.documents->identity, verified.platform, quote));
    out.standing = std::move(found);
  }
  GLOVEBOX_CHECK(check_platform(verified.platform, out.standing, rules));
  GLOVEBOX_TRY(version, measurement(quote, policy, *verified.root));
  out.version = version;
  return out;
}

Result<AttestationResult> appraise_quote(Tee tee, View bytes, const EvidencePolicy& policy, Time now,
                                         const Wanted& wanted) {
  GLOVEBOX_TRY(quote, Quote::parse(bytes));  // 1
  if (quote.tee() != tee)
    return fail(Reject::platform_unknown, quote.tee() == Tee::tdx ? "a quote of TDX" : "a quote of SGX",
                tee == Tee::tdx ? "TDX" : "SGX");
  if (wanted.evidence != nullptr) GLOVEBOX_CHECK(check_keys(*wanted.evidence));
  const Collateral none;
  const Collateral& collateral = wanted.collateral == nullptr ? none : *wanted.collateral;
  GLOVEBOX_TRY(verified, verify_quote(quote, bytes, policy, collateral, now, wanted.memory));  // 2, 3
  GLOVEBOX_CHECK(check_caller_data(report_data(quote), wanted));                               // 5
  GLOVEBOX_TRY(held, check_quote(quote, verified, policy));                                    // 7, 8
  const bool ours = policy.profile == Profile::glovebox;
  if (ours) GLOVEBOX_CHECK(check_inputs(quote, policy));

  AttestationResult out{.platform = std::string(attestation::name(tee == Tee::tdx ? attestation::Platform::tdx
                                                                                  : attestation::Platform::sgx)),
                        .root_name = verified.root->name,
                        .root = verified.root->sha256,
                        .development = verified.root->test,
                        .version = held.version->version,
                        .instance = "platform " + to_hex(verified.platform.ppid),
                        .measurements = measured_of_quote(quote),
                        .facts = facts_of_quote(quote, verified.platform, held.standing),
                        .models = policy.models,
                        .configuration = ours ? std::optional(policy.configuration) : std::nullopt,
                        .time = now,
                        .policy = policy.digest(),
                        .unchecked = unchecked_of_document(policy, wanted)};
  for (const std::string& what : rules_for(policy, tee).unchecked) out.unchecked.push_back(what);
  if (wanted.evidence == nullptr && !wanted.nonce) out.unchecked.emplace_back("time");
  return out;
}

}  // namespace glovebox::verifier
