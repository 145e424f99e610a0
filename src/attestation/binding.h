// binding.h: what evidence is bound to (docs/spec/evidence.md, "Binding"): a purpose, a nonce, a set of keys and a
// context, in one digest. One rule for all platforms: each puts these 64 bytes where its hardware signs caller's data.
#pragma once
#include <variant>

#include "base/bytes.h"
#include "base/cbor.h"
#include "crypto/kem.h"
#include "crypto/sign.h"

namespace glovebox::attestation {

constexpr std::size_t nonce_max = 64;  // a nonce in a message; ours are nonce_size
constexpr std::size_t nonce_size = 32;
constexpr std::size_t keys_max = 8;
constexpr std::size_t key_size_max = 2048;  // one public key
constexpr std::size_t role_size_max = 32;
constexpr std::size_t models_max = 64;
constexpr std::size_t key_arn_size_max = 2048;

using Nonce = Array<nonce_size>;

// Purpose says what evidence was made for. Evidence for one purpose is never taken for another.
enum class Purpose { client, release, model, kms };
std::string_view name(Purpose purpose);
Result<Purpose> purpose_from_name(std::string_view name);  // evidence_malformed

// Roles of keys, and the numbers that say how a key is used: a KEM number of the HPKE registry for `hpke`.
constexpr std::string_view role_hpke = "hpke";
constexpr std::string_view role_receipt = "receipt";
constexpr std::string_view role_kms = "kms";
constexpr std::uint64_t algorithm_ed25519 = 8;
constexpr std::uint64_t algorithm_rsa2048_spki = 1;

struct Key {
  std::string role;
  std::uint64_t algorithm = 0;
  Bytes public_key;
  bool operator==(const Key&) const = default;
};

// KeySet is keys in ascending order of their roles, each role once.
class KeySet {
 public:
  KeySet() = default;
  // create sorts; evidence_malformed for a role that stands twice, or a bound exceeded.
  static Result<KeySet> create(std::vector<Key> keys);
  static KeySet of(const crypto::KemPublic& hpke);                                    // release, model
  static KeySet of(const crypto::KemPublic& hpke, const crypto::VerifyKey& receipt);  // client
  // parse reads the CBOR form from a reader that stands at it.
  static Result<KeySet> parse(cbor::Reader& in);

  const std::vector<Key>& keys() const { return keys_; }
  const Key* find(std::string_view role) const;
  Bytes encode() const;   // CBOR ["glovebox keys v1", [role, algorithm, public_key], ...]
  Digest digest() const;  // H(keys), as Nitro's `public_key` carries it
  bool operator==(const KeySet&) const = default;

 private:
  std::vector<Key> keys_;
};

// Contexts, one type for each purpose: which one it is says the purpose.
struct ClientContext {
  Digest configuration{};
  std::vector<Digest> models;  // ascending
  bool operator==(const ClientContext&) const = default;
};
struct ReleaseContext {
  Digest request{};
  Digest wrapped_key{};
  crypto::VerifyKey broker;
  bool operator==(const ReleaseContext&) const = default;
};
struct ModelContext {
  Digest bundle{};
  crypto::VerifyKey broker;
  bool operator==(const ModelContext&) const = default;
};
struct KmsContext {
  std::string key_arn;
  bool operator==(const KmsContext&) const = default;
};
using Context = std::variant<ClientContext, ReleaseContext, ModelContext, KmsContext>;

Purpose purpose_of(const Context& context);
Bytes encode(const Context& context);
Result<Context> parse_context(Purpose purpose, cbor::Reader& in);

// Binding is the 64 bytes that evidence carries. Only make_binding makes one.
class Binding {
 public:
  View view() const { return bytes_; }
  bool operator==(const Binding&) const = default;

 private:
  friend Binding make_binding(View nonce, const KeySet& keys, const Context& context);
  Array<64> bytes_{};
};
// make_binding computes SHA-512(CBOR ["glovebox binding v1", purpose, nonce, H(keys), context]).
Binding make_binding(View nonce, const KeySet& keys, const Context& context);

}  // namespace glovebox::attestation
