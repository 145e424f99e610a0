#include "glovebox/claims_json.h"

#include <nlohmann/json.hpp>

namespace glovebox::app {
namespace {
using Json = nlohmann::ordered_json;

Json hex_or_null(const std::optional<Bytes>& bytes) {
  return bytes ? Json(to_hex(*bytes)) : Json();
}

Json of(const attestation::NitroDocument& document) {
  const auto& claims = document.claims;
  Json pcrs = Json::object();
  for (const auto& [index, value] : claims.pcrs) pcrs["pcr" + std::to_string(index)] = to_hex(value);
  return {{"module", claims.module_id},         {"time", to_rfc3339(claims.timestamp)},
          {"measurements", std::move(pcrs)},    {"user_data", hex_or_null(claims.user_data)},
          {"nonce", hex_or_null(claims.nonce)}, {"public_key", hex_or_null(claims.public_key)}};
}

Json of(const attestation::SnpEvidence& evidence) {
  const auto& report = evidence.report;
  const auto product = report.product();
  return {{"version", report.version},
          {"product", product ? Json(attestation::name(*product)) : Json()},
          {"measurement", to_hex(report.measurement)},
          {"report_data", to_hex(report.report_data)},
          {"host_data", to_hex(report.host_data)},
          {"chip", to_hex(report.chip_id)},
          {"vmpl", report.vmpl},
          {"guest_policy", report.policy},
          {"platform_info", report.platform_info},
          {"reported_tcb", to_hex(report.reported_tcb)},
          {"debug", report.debug()},
          {"certificates", evidence.table ? evidence.table->entries.size() : 0}};
}

// of an Arm token: its claims by their numbers, as RFC 9783 has them; bytes in hex.
Json of(const attestation::ArmClaims& claims) {
  using attestation::ArmComponent;
  Json out = Json::object();
  for (const auto& entry : claims.entries) {
    Json value;
    if (const auto* number = std::get_if<std::int64_t>(&entry.value)) value = *number;
    if (const auto* bytes = std::get_if<Bytes>(&entry.value)) value = to_hex(*bytes);
    if (const auto* text = std::get_if<std::string>(&entry.value)) value = *text;
    if (const auto* hashes = std::get_if<std::vector<Bytes>>(&entry.value))
      for (const Bytes& hash : *hashes) value.push_back(to_hex(hash));
    if (const auto* components = std::get_if<std::vector<ArmComponent>>(&entry.value))
      for (const ArmComponent& c : *components)
        value.push_back({{"type", c.type.value_or("")},
                         {"version", c.version.value_or("")},
                         {"signer", to_hex(c.signer)},
                         {"measurement", to_hex(c.measurement)}});
    out[std::to_string(entry.key)] = std::move(value);
  }
  return out;
}

Json of(const attestation::TpmQuote& quote) {
  Json registers = Json::object();
  for (const auto& [index, value] : quote.registers) registers["pcr" + std::to_string(index)] = to_hex(value);
  return {{"extra_data", to_hex(quote.attest.extra_data)},
          {"digest", to_hex(quote.attest.digest)},
          {"firmware", quote.attest.firmware},
          {"resets", quote.attest.resets},
          {"restarts", quote.attest.restarts},
          {"measurements", std::move(registers)}};
}

Json of(const attestation::Quote& quote) {
  Json out = {{"version", quote.version}};
  if (const auto* const td = std::get_if<attestation::TdReport>(&quote.body)) {
    Json registers = Json::array();
    for (const auto& value : td->rtmr) registers.push_back(to_hex(value));
    out.update({{"mr_td", to_hex(td->mr_td)},
                {"rtmr", std::move(registers)},
                {"report_data", to_hex(td->report_data)},
                {"mr_config_id", to_hex(td->mr_config_id)},
                {"td_attributes", td->td_attributes},
                {"xfam", td->xfam},
                {"tee_tcb_svn", to_hex(td->tee_tcb_svn)},
                {"mr_service_td", td->later ? Json(to_hex(td->later->mr_service_td)) : Json()},
                {"debug", td->debug()}});
    return out;
  }
  const auto& enclave = std::get<attestation::EnclaveReport>(quote.body);
  out.update({{"mr_enclave", to_hex(enclave.mr_enclave)},
              {"mr_signer", to_hex(enclave.mr_signer)},
              {"isv_prod_id", enclave.isv_prod_id},
              {"isv_svn", enclave.isv_svn},
              {"report_data", to_hex(enclave.report_data)},
              {"config_id", to_hex(enclave.config_id)},
              {"attributes", to_hex(enclave.attributes)},
              {"debug", enclave.debug()}});
  return out;
}

// of Azure's evidence: "report" is what the hardware signed.
Json of(const attestation::AzureEvidence& evidence) {
  Json report;
  if (evidence.hcl.hardware == attestation::HclHardware::tdx) {
    if (const auto quote = evidence.hardware_quote()) report = of(*quote);
  } else if (const auto snp = attestation::SnpReport::parse(evidence.hcl.report)) {
    report = of(attestation::SnpEvidence{*snp});
  }
  return {{"report", std::move(report)}, {"runtime", evidence.hcl.runtime}, {"quote", of(evidence.quote)}};
}

Json of(const attestation::Evidence& evidence) {
  Json keys = Json::array();
  for (const auto& key : evidence.keys.keys())
    keys.push_back({{"role", key.role}, {"algorithm", key.algorithm}, {"public_key", to_hex(key.public_key)}});
  Json out = {{"purpose", std::string(attestation::name(evidence.purpose()))},
              {"nonce", to_hex(evidence.nonce)},
              {"keys", std::move(keys)},
              {"media_type", evidence.media_type},
              {"document", nullptr}};
  if (evidence.media_type == attestation::media_type_sev_snp) {
    if (const auto report = attestation::SnpEvidence::parse(evidence.document)) out["document"] = of(*report);
  } else if (evidence.media_type == attestation::media_type_arm_cca) {
    if (const auto token = attestation::CcaToken::parse(evidence.document))
      out["document"] = {{"platform", of(token->platform.claims)}, {"realm", of(token->realm.claims)}};
  } else if (evidence.media_type == attestation::media_type_tdx || evidence.media_type == attestation::media_type_sgx) {
    if (const auto quote = attestation::Quote::parse(evidence.document)) out["document"] = of(*quote);
  } else if (evidence.media_type == attestation::media_type_nitro_tpm) {
    if (const auto document = attestation::parse_unverified(evidence.document, attestation::NitroSource::tpm))
      out["document"] = of(*document);
  } else if (const auto document = attestation::parse_unverified(evidence.document)) {
    out["document"] = of(*document);
  }
  return out;
}

std::string unverified(Json said) {
  Json out = {{"code", "ok"}, {"verified", false}};
  out.update(said);
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}
}  // namespace

std::string claims_json(const attestation::NitroDocument& document) {
  return unverified({{"document", of(document)}});
}

std::string claims_json(const attestation::SnpEvidence& evidence) {
  return unverified({{"document", of(evidence)}});
}

std::string claims_json(const attestation::PsaToken& token) {
  return unverified({{"document", of(token.token.claims)}});
}

std::string claims_json(const attestation::TpmQuote& quote) {
  return unverified({{"document", of(quote)}});
}

std::string claims_json(const attestation::AzureEvidence& evidence) {
  return unverified({{"document", of(evidence)}});
}

std::string claims_json(const attestation::CcaToken& token) {
  return unverified({{"document", {{"platform", of(token.platform.claims)}, {"realm", of(token.realm.claims)}}}});
}

std::string claims_json(const attestation::Quote& quote) {
  return unverified({{"document", of(quote)}});
}

std::string claims_json(const attestation::Evidence& evidence) {
  return unverified({{"evidence", of(evidence)}});
}

std::string claims_json(const attestation::Evidence& evidence, const wire::Info& info) {
  Json models = Json::array();
  for (const auto& model : info.models) models.push_back({{"name", model.name}, {"digest", to_hex(model.digest)}});
  return unverified({{"version", info.version}, {"models", std::move(models)}, {"evidence", of(evidence)}});
}

std::string result_json(const verifier::Ear& ear) {
  std::string text = ear.to_json();
  text.insert(1, "\n  \"code\": \"ok\",");  // claims are one object of many members: something follows the comma
  return text;
}

std::string explanation_json(const verifier::Overview& overview, const std::optional<verifier::Ear>& ear) {
  const auto error_of = [](const Error& error) -> Json {
    return {{"code", glovebox::name(error.reason)},
            {"found", error.found},
            {"expected", error.expected},
            {"hint", error.hint},
            {"advice", verifier::advice(error.reason)}};
  };
  Json out = {{"code", "ok"}, {"looks_like", attestation::sentence(overview.kind)}};
  out["form"] = overview.form ? Json("good") : error_of(overview.form.error());
  if (!ear) {
    if (!overview.form) out["code"] = glovebox::name(overview.form.error().reason);
    out["verified"] = false;
    return out.dump(2, ' ', false, Json::error_handler_t::replace);
  }
  const bool accepted = ear->outcome.has_value();
  out["code"] = accepted ? "ok" : glovebox::name(ear->outcome.error().reason);
  if (!accepted) out["refused"] = error_of(ear->outcome.error());
  Json steps = Json::array();
  for (const auto& line : verifier::steps_of(ear->outcome))
    steps.push_back({{"step", verifier::name(line.step)}, {"outcome", verifier::name(line.mark)}});
  out["steps"] = std::move(steps);
  out["result"] = Json::parse(ear->to_json());
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}
}  // namespace glovebox::app
