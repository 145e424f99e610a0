#include "attestation/arm_claims.h"

#include <set>

#include "base/cbor.h"

namespace glovebox::attestation {
namespace {
constexpr std::size_t claims_max = 24;
enum ComponentKey : std::uint8_t { key_type = 1, key_measurement = 2, key_version = 4, key_signer = 5, key_how = 6 };

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}

bool hash_sized(std::size_t size) {
  return size == 32 || size == 48 || size == 64;
}

Bytes read_hash(cbor::Reader& in) {
  Bytes out = to_bytes(in.bstr(64));
  if (in.ok() && !hash_sized(out.size()))
    in.refuse(Reject::malformed, std::to_string(out.size()) + " bytes of a hash", "32, 48 or 64");
  return out;
}

// definite: hardware whose profile we know writes lengths in front.
void definite(cbor::Reader& in, const cbor::Reader::Container& container) {
  if (in.ok() && !container.left) in.refuse(Reject::malformed, "an indefinite length", "a definite one");
}

ArmComponent read_component(cbor::Reader& in) {
  ArmComponent out;
  auto map = in.map(5);
  definite(in, map);
  while (in.more(map)) {
    const std::uint64_t key = in.key_uint(map);
    if (key == key_type)
      out.type = in.tstr(arm_text_size_max);
    else if (key == key_measurement)
      out.measurement = read_hash(in);
    else if (key == key_version)
      out.version = in.tstr(arm_text_size_max);
    else if (key == key_signer)
      out.signer = read_hash(in);
    else if (key == key_how)
      out.algorithm = in.tstr(arm_text_size_max);
    else
      in.refuse(Reject::malformed, "a component with field " + std::to_string(key), "1, 2, 4, 5 or 6");
    out.order.push_back(static_cast<std::uint8_t>(key & 0xff));
  }
  if (in.ok() && (out.measurement.empty() || out.signer.empty()))
    in.refuse(Reject::malformed, "a component without its measurement or signer", "both");
  if (std::ranges::is_sorted(out.order)) out.order.clear();
  return out;
}

ArmValue read_value(cbor::Reader& in, const ArmRule& rule) {
  const auto sized = [&](std::size_t size) {
    if (in.ok() && (size < static_cast<std::size_t>(rule.min) || size > static_cast<std::size_t>(rule.max)))
      in.refuse(Reject::malformed, "claim " + std::to_string(rule.key) + " of " + std::to_string(size) + " bytes",
                std::to_string(rule.min) + " to " + std::to_string(rule.max));
  };
  switch (rule.shape) {
    case ArmShape::integer: {
      const std::int64_t value = in.integer();
      if (in.ok() && (value < rule.min || value > rule.max))
        in.refuse(Reject::malformed, "claim " + std::to_string(rule.key) + " is " + std::to_string(value),
                  std::to_string(rule.min) + " to " + std::to_string(rule.max));
      return value;
    }
    case ArmShape::bytes: {
      Bytes value = to_bytes(in.bstr(static_cast<std::size_t>(rule.max)));
      sized(value.size());
      return value;
    }
    case ArmShape::hash:
      return read_hash(in);
    case ArmShape::text: {
      std::string value(in.tstr(static_cast<std::size_t>(rule.max)));
      sized(value.size());
      return value;
    }
    case ArmShape::components: {
      std::vector<ArmComponent> value;
      auto array = in.array(arm_components_max);
      definite(in, array);
      while (in.more(array)) value.push_back(read_component(in));
      if (in.ok() && value.empty()) in.refuse(Reject::malformed, "no software components", "at least one");
      return value;
    }
    case ArmShape::hashes:
      break;
  }
  std::vector<Bytes> value;
  in.open_array(arm_extensible_count);
  for (std::size_t i = 0; i < arm_extensible_count; ++i) value.push_back(read_hash(in));
  return value;
}

void write_component(cbor::Writer& out, const ArmComponent& c) {
  std::vector<std::uint8_t> order = c.order;
  if (order.empty()) {
    if (c.type) order.push_back(key_type);
    order.push_back(key_measurement);
    if (c.version) order.push_back(key_version);
    order.push_back(key_signer);
    if (c.algorithm) order.push_back(key_how);
  }
  out.map(order.size());
  for (const std::uint8_t key : order) {
    out.uint(key);
    if (key == key_measurement || key == key_signer)
      out.bstr(key == key_measurement ? c.measurement : c.signer);
    else
      out.tstr((key == key_type ? c.type : key == key_version ? c.version : c.algorithm).value_or(""));
  }
}
}  // namespace

Bytes ArmClaims::encode() const {
  cbor::Writer out;
  out.map(entries.size());
  for (const Entry& entry : entries) {
    out.integer(entry.key);
    if (const auto* number = std::get_if<std::int64_t>(&entry.value)) out.integer(*number);
    if (const auto* bytes = std::get_if<Bytes>(&entry.value)) out.bstr(*bytes);
    if (const auto* text = std::get_if<std::string>(&entry.value)) out.tstr(*text);
    if (const auto* components = std::get_if<std::vector<ArmComponent>>(&entry.value)) {
      out.array(components->size());
      for (const ArmComponent& c : *components) write_component(out, c);
    }
    if (const auto* hashes = std::get_if<std::vector<Bytes>>(&entry.value)) {
      out.array(hashes->size());
      for (const Bytes& hash : *hashes) out.bstr(hash);
    }
  }
  return out.take();
}

Result<ArmClaims> ArmClaims::parse(View payload, std::span<const ArmRule> rules) {
  if (payload.size() > arm_claims_size_max)
    return malformed("claims of " + std::to_string(payload.size()) + " bytes", "at most 16384");
  cbor::Reader in(payload, cbor::Form::foreign);
  ArmClaims out;
  std::set<std::int64_t> seen;
  auto map = in.map(claims_max);
  definite(in, map);
  while (in.more(map)) {
    const std::int64_t key = in.integer();
    if (!in.ok()) break;
    const auto rule = std::ranges::find(rules, key, &ArmRule::key);
    if (rule == rules.end() || !seen.insert(key).second) {
      in.refuse(Reject::malformed, "claim " + std::to_string(key) + (rule == rules.end() ? "" : " twice"),
                "each claim of the profile once");
      break;
    }
    out.entries.push_back({key, read_value(in, *rule)});
  }
  if (const auto end = in.finish(); !end)
    return malformed(std::string(name(end.error().reason)) + ": " + end.error().found, end.error().expected);
  for (const ArmRule& rule : rules)
    if (rule.required && !seen.contains(rule.key))
      return malformed("no claim " + std::to_string(rule.key), "every claim that the profile requires");
  return out;
}

std::optional<std::string> ArmClaims::text_unverified(View payload, std::int64_t wanted) {
  cbor::Reader in(payload, cbor::Form::foreign);
  for (auto map = in.map(claims_max); in.more(map);) {
    const std::int64_t key = in.integer();
    if (key == wanted && in.peek() == cbor::Type::tstr) {
      std::string text(in.tstr(arm_text_size_max));
      return in.ok() ? std::optional(text) : std::nullopt;
    }
    in.item();
  }
  return std::nullopt;
}

View ArmClaims::bytes(std::int64_t key) const {
  const Bytes* found = find<Bytes>(key);
  return found == nullptr ? View{} : View(*found);
}
std::int64_t ArmClaims::number(std::int64_t key) const {
  const auto* found = find<std::int64_t>(key);
  return found == nullptr ? 0 : *found;
}
std::string ArmClaims::text(std::int64_t key) const {
  const auto* found = find<std::string>(key);
  return found == nullptr ? std::string() : *found;
}

void ArmClaims::set(std::int64_t key, ArmValue value) {
  const auto it = std::ranges::find(entries, key, &Entry::key);
  if (it == entries.end())
    entries.push_back({key, std::move(value)});
  else
    it->value = std::move(value);
}

void ArmClaims::erase(std::int64_t key) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; });
}

}  // namespace glovebox::attestation
