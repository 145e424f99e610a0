// An attestation result as EAR claims (draft-ietf-rats-ear): one submodule, AR4SI's status words.
#include <nlohmann/json.hpp>

#include "verifier/explain.h"

namespace glovebox::verifier {
namespace {
constexpr int affirming = 2;  // AR4SI trust vector values: 2 affirming, 96 contraindicated, 0 no claim
constexpr int contraindicated = 96;
}  // namespace

std::string to_json(const AttestationResult& r) {
  using Json = nlohmann::ordered_json;
  Json measurements = Json::object();
  for (const auto& [index, value] : r.measurements) measurements["pcr" + std::to_string(index)] = to_hex(value);
  Json models = Json::array();
  for (const ModelReference& model : r.models)
    models.push_back({{"name", model.name}, {"digest", to_hex(model.digest)}});
  Json keys = Json::array();
  for (const attestation::Key& key : r.keys.keys())
    keys.push_back({{"role", key.role}, {"algorithm", key.algorithm}, {"public_key", to_base64url(key.public_key)}});

  // Under a test root nothing vouches for hardware: it is said in the claim that a program reads first.
  const bool full = r.unchecked.empty() && !r.development;
  Json enclave = {
      {"ear.status", r.development ? "contraindicated"
                     : full        ? "affirming"
                                   : "warning"},
      {"ear.trustworthiness-vector",
       {{"instance-identity", r.development ? contraindicated : affirming},
        {"hardware", r.development ? contraindicated : affirming},
        {"executables", affirming},
        {"configuration", r.configuration ? affirming : 0}}},
      {"ear.appraisal-policy-id", "sha-256:" + to_hex(r.policy)},
      {"glovebox.platform", r.platform},
      {"glovebox.root", {{"name", r.root_name}, {"sha256", to_hex(r.root)}}},
      {"glovebox.development", r.development},
      {"glovebox.version", r.version},
      {"glovebox.module", r.module_id},
      {"glovebox.measurements", std::move(measurements)},
      {"glovebox.models", std::move(models)},
      {"glovebox.configuration", r.configuration ? Json(to_hex(*r.configuration)) : Json(nullptr)},
      {"glovebox.purpose", r.purpose ? Json(attestation::name(*r.purpose)) : Json(nullptr)},
      {"glovebox.keys", std::move(keys)},
      {"glovebox.binding", r.binding ? Json(to_hex(r.binding->view())) : Json(nullptr)},
      {"glovebox.time", to_rfc3339(r.time)},
      {"glovebox.unchecked", r.unchecked},
  };
  const Json ear = {
      {"eat_profile", "tag:ietf.org,2026:rats/ear#01"},
      {"iat", r.time.seconds()},
      {"ear.verifier-id", {{"developer", "glovebox"}, {"build", GLOVEBOX_VERSION}}},
      {"submods", {{"enclave", std::move(enclave)}}},
  };
  return ear.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace glovebox::verifier
