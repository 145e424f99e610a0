// The claims of an EAR as JSON; alone, because of the JSON library's size.
#include <nlohmann/json.hpp>

#include "verifier/ear.h"

namespace glovebox::verifier {
namespace {
using Json = nlohmann::ordered_json;

Json own_claims(const AttestationResult& r) {
  Json measurements = Json::object();
  for (const Measured& m : r.measurements) measurements[m.name] = to_hex(m.value);
  Json facts = Json::object();
  for (const Fact& fact : r.facts) facts[fact.name] = fact.value;
  Json models = Json::array();
  for (const ModelReference& model : r.models)
    models.push_back({{"name", model.name}, {"digest", to_hex(model.digest)}});
  Json keys = Json::array();
  for (const attestation::Key& key : r.keys.keys())
    keys.push_back({{"role", key.role}, {"algorithm", key.algorithm}, {"public_key", to_base64url(key.public_key)}});
  return {
      {"glovebox.platform", r.platform},
      {"glovebox.root", {{"name", r.root_name}, {"sha256", to_hex(r.root)}}},
      {"glovebox.development", r.development},
      {"glovebox.version", r.version},
      {"glovebox.instance", r.instance},
      {"glovebox.measurements", std::move(measurements)},
      {"glovebox.facts", std::move(facts)},
      {"glovebox.models", std::move(models)},
      {"glovebox.configuration", r.configuration ? Json(to_hex(*r.configuration)) : Json(nullptr)},
      {"glovebox.purpose", r.purpose ? Json(attestation::name(*r.purpose)) : Json(nullptr)},
      {"glovebox.keys", std::move(keys)},
      {"glovebox.binding", r.binding ? Json(to_hex(r.binding->view())) : Json(nullptr)},
      {"glovebox.time", to_rfc3339(r.time)},
      {"glovebox.unchecked", r.unchecked},
  };
}
}  // namespace

std::string Ear::to_json() const {
  Json trust = Json::object();
  const auto values = vector();
  for (std::size_t i = 0; i < values.size(); ++i) trust[std::string(trust_claim_names[i])] = values[i];
  Json enclave = {{"ear.status", name(status())},
                  {"ear.trustworthiness-vector", std::move(trust)},
                  {"ear.appraisal-policy-id", "sha-256:" + to_hex(policy)}};
  enclave.update(outcome ? own_claims(*outcome)
                         : Json{{"glovebox.refused", glovebox::name(outcome.error().reason)},
                                {"glovebox.found", outcome.error().found},
                                {"glovebox.expected", outcome.error().expected}});
  Json ear = {
      {"eat_profile", "tag:ietf.org,2026:rats/ear#01"},
      {"iat", issued.seconds()},
  };
  if (const View answered = eat_nonce(); !answered.empty()) ear["eat_nonce"] = to_base64(answered);
  ear.update(Json{
      {"ear.verifier-id", {{"developer", "glovebox"}, {"build", GLOVEBOX_VERSION}}},
      {"submods", {{"enclave", std::move(enclave)}}},
  });
  return ear.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace glovebox::verifier
