// The runtime data of Azure's paravisor, which are JSON; alone, because of the JSON library's size.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "attestation/hcl_report.h"

namespace glovebox::attestation {
namespace {
using Json = nlohmann::json;
constexpr std::size_t keys_max = 16;
constexpr std::size_t machine_size_max = 64;
constexpr std::size_t levels_max = 8;

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}

// text is a member that is a text; empty where it is none.
std::string text(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}
}  // namespace

Result<HclRuntime> HclRuntime::parse(std::string_view json) {
  if (json.size() > hcl_runtime_size_max) return malformed("runtime data beyond 8192 bytes");
  // A member that stands twice means one thing to one reader and another to the next.
  bool good = true;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end && !names.empty()) names.pop_back();
    if (event == Json::parse_event_t::key)
      good = good && !names.empty() && names.back().insert(value.get<std::string>()).second;
    good = good && depth <= static_cast<int>(levels_max);
    return true;
  };
  const Json all = Json::parse(json.begin(), json.end(), watch, false);
  if (!good || all.is_discarded() || !all.is_object()) return malformed("runtime data that are no JSON object");
  const auto keys = all.find("keys");
  if (keys == all.end() || !keys->is_array() || keys->size() > keys_max) return malformed("runtime data without keys");
  const Json* found = nullptr;
  for (const Json& key : *keys) {
    if (!key.is_object() || text(key, "kid") != "HCLAkPub") continue;
    if (found != nullptr) return malformed("two keys called HCLAkPub", "one");
    found = &key;
  }
  if (found == nullptr || text(*found, "kty") != "RSA") return malformed("no RSA key called HCLAkPub");
  const auto modulus = from_base64url(text(*found, "n"));
  const auto exponent = from_base64url(text(*found, "e"));
  if (!modulus || !exponent) return malformed("a key that is not base64url");
  auto key = crypto::PlatformKey::from_rsa(*modulus, *exponent);
  if (!key) return malformed("HCLAkPub: " + key.error().found, key.error().expected);
  HclRuntime out{.key = std::move(*key), .machine = {}};
  if (const auto machine = all.find("vm-configuration"); machine != all.end() && machine->is_object()) {
    out.machine = text(*machine, "vmUniqueId");
    const auto plain = [](char c) { return c > ' ' && c <= '~'; };
    if (out.machine.size() > machine_size_max || !std::ranges::all_of(out.machine, plain))
      return malformed("a vmUniqueId that is none", "at most 64 printable characters");
    const auto secure = machine->find("secure-boot");
    if (secure != machine->end() && secure->is_boolean()) out.secure_boot = secure->get<bool>();
  }
  return out;
}

}  // namespace glovebox::attestation
