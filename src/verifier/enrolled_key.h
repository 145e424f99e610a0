// enrolled_key.h: a key that a policy names itself, for platforms whose makers publish no root: whoever enrolled it
// says that it is of good hardware. A result under it says that the key is all that vouches.
#pragma once
#include "base/cbor.h"
#include "crypto/platform_key.h"

namespace glovebox::verifier {

constexpr std::size_t enrolled_keys_max = 256;
constexpr std::size_t enrolled_name_size_max = 128;

struct EnrolledKey {
  std::string name;
  Bytes spki;                              // SubjectPublicKeyInfo, DER
  std::optional<Array<33>> instance = {};  // whose key it is, where the platform names its instances
  bool test = false;
  bool operator==(const EnrolledKey&) const = default;

  Digest digest() const;  // SHA-256 of `spki`
};

// check_keys: 1 to 256 keys with names, none twice, all of test or none, each of one of `kinds`. `where` is the table's
// name in the policy. policy_empty, policy_invalid, mixed_roots.
Status check_keys(const std::vector<EnrolledKey>& keys, std::span<const crypto::PlatformKeyKind> kinds,
                  std::string_view where);
void write_keys(cbor::Writer& out, const std::vector<EnrolledKey>& keys);
std::vector<EnrolledKey> read_keys(cbor::Reader& in);

// signer_of returns the first of the keys under which `verified` holds; nullptr where there is none.
template <class Verified>
const EnrolledKey* signer_of(const std::vector<EnrolledKey>& keys, Verified verified) {
  for (const EnrolledKey& key : keys)
    if (const auto parsed = crypto::PlatformKey::from_spki(key.spki); parsed && verified(*parsed)) return &key;
  return nullptr;
}

}  // namespace glovebox::verifier
