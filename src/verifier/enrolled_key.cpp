#include "verifier/enrolled_key.h"

#include <set>

#include "crypto/hash.h"

namespace glovebox::verifier {

Digest EnrolledKey::digest() const {
  return crypto::sha256(spki);
}

Status check_keys(const std::vector<EnrolledKey>& keys, std::span<const crypto::PlatformKeyKind> kinds,
                  std::string_view where) {
  const std::string table(where);
  if (keys.empty()) return fail(Reject::policy_empty, "no keys in " + table, "at least one that you enrolled");
  if (keys.size() > enrolled_keys_max) return fail(Reject::policy_invalid, "too many keys in " + table, "at most 256");
  std::set<Digest> seen;
  for (const EnrolledKey& key : keys) {
    if (key.name.empty() || key.name.size() > enrolled_name_size_max)
      return fail(Reject::policy_invalid, "a key without a name in " + table);
    const auto parsed = crypto::PlatformKey::from_spki(key.spki);
    if (!parsed)
      return fail(Reject::policy_invalid, "key " + key.name + ": " + parsed.error().found, parsed.error().expected);
    if (!std::ranges::contains(kinds, parsed->kind()))
      return fail(Reject::policy_invalid, "key " + key.name + " of kind " + std::string(crypto::name(parsed->kind())),
                  "one that this platform signs with");
    if (!seen.insert(key.digest()).second) return fail(Reject::policy_invalid, "key " + key.name + " twice");
    if (key.instance && (*key.instance)[0] != 1)
      return fail(Reject::policy_invalid, "the instance of key " + key.name, "01 and 32 bytes");
    if (key.test != keys.front().test)
      return fail(Reject::mixed_roots, "a test key beside another in " + table, "test keys alone, or none");
  }
  return {};
}

void write_keys(cbor::Writer& out, const std::vector<EnrolledKey>& keys) {
  out.array(keys.size());
  for (const EnrolledKey& key : keys) {
    out.array(4).tstr(key.name).bstr(key.spki);
    if (key.instance)
      out.bstr(*key.instance);
    else
      out.null();
    out.boolean(key.test);
  }
}

std::vector<EnrolledKey> read_keys(cbor::Reader& in) {
  std::vector<EnrolledKey> out;
  for (auto c = in.array(enrolled_keys_max); in.more(c);) {
    in.open_array(4);
    EnrolledKey key;
    key.name = in.tstr(enrolled_name_size_max);
    key.spki = to_bytes(in.bstr(crypto::platform_key_size_max));
    if (!in.take_null()) key.instance = in.bytes_of<33>();
    key.test = in.boolean();
    out.push_back(std::move(key));
  }
  return out;
}

}  // namespace glovebox::verifier
