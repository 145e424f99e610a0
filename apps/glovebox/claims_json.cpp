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

Json of(const attestation::Evidence& evidence) {
  Json keys = Json::array();
  for (const auto& key : evidence.keys.keys())
    keys.push_back({{"role", key.role}, {"algorithm", key.algorithm}, {"public_key", to_hex(key.public_key)}});
  Json out = {{"purpose", std::string(attestation::name(evidence.purpose()))},
              {"nonce", to_hex(evidence.nonce)},
              {"keys", std::move(keys)},
              {"media_type", evidence.media_type},
              {"document", nullptr}};
  if (const auto document = attestation::parse_unverified(evidence.document)) out["document"] = of(*document);
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

std::string claims_json(const attestation::Evidence& evidence) {
  return unverified({{"evidence", of(evidence)}});
}

std::string claims_json(const attestation::Evidence& evidence, const wire::Info& info) {
  Json models = Json::array();
  for (const auto& model : info.models) models.push_back({{"name", model.name}, {"digest", to_hex(model.digest)}});
  return unverified({{"version", info.version}, {"models", std::move(models)}, {"evidence", of(evidence)}});
}

std::string result_json(const verifier::AttestationResult& result) {
  std::string text = verifier::to_json(result);
  text.insert(1, "\n  \"code\": \"ok\",");  // claims are one object of many members: something follows the comma
  return text;
}
}  // namespace glovebox::app
