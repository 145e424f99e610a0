// identity.h: who can open. An Identity looks at one stanza at a time, as in age: it is not for me, or here is the file
// key, or it is for me and does not open.
#pragma once
#include <functional>

#include "envelope/key.h"

namespace glovebox::envelope {

class Identity {
 public:
  virtual ~Identity() = default;
  // unwrap returns the file key; nothing if the stanza is not this identity's; decryption_failed if it is and does not
  // open, or the broker's refusal.
  virtual Result<std::optional<Secret<32>>> unwrap(const Stanza& stanza, const Digest& core_digest) const = 0;
};

// Release asks a broker for the share inside `wrapped_key`.
using Release = std::function<Result<Secret<32>>(View wrapped_key, const Digest& core_digest)>;

// KeyIdentity opens `hpke` stanzas to one key. The key outlives it.
class KeyIdentity final : public Identity {
 public:
  explicit KeyIdentity(const crypto::KemPrivate& key) : key_(key), key_id_(key_id_of(key.public_key())) {}
  Result<std::optional<Secret<32>>> unwrap(const Stanza& stanza, const Digest& core_digest) const override;

 private:
  const crypto::KemPrivate& key_;
  KeyId key_id_;
};

// EnclaveIdentity opens `enclave` and `live` stanzas with this binding under the key that the binding attests, and
// `broker` stanzas. Without a `release` it opens only `enclave`. The key outlives it.
class EnclaveIdentity final : public Identity {
 public:
  EnclaveIdentity(const Binding& binding, const crypto::KemPrivate& key, Release release = {})
      : binding_(binding), key_(key), release_(std::move(release)) {}
  Result<std::optional<Secret<32>>> unwrap(const Stanza& stanza, const Digest& core_digest) const override;

 private:
  Binding binding_;
  const crypto::KemPrivate& key_;
  Release release_;
};

// open_envelope finds the stanza that the identity opens and checks the header's MAC: no_matching_recipient,
// decryption_failed, header_unauthentic, or what the broker said.
Result<EnvelopeKey> open_envelope(const Header& header, const Identity& identity);

}  // namespace glovebox::envelope
