#include "envelope/identity.h"

#include "crypto/hpke.h"

namespace glovebox::envelope {
namespace {
using Unwrapped = Result<std::optional<Secret<32>>>;

template <class S>
Result<Secret<32>> open_key(const S& stanza, const crypto::KemPrivate& key, std::string_view info,
                            const Digest& core_digest) {
  if (stanza.kem != key.kem()) return fail(Reject::decryption_failed, "a stanza of another KEM");
  GLOVEBOX_TRY(opened, crypto::hpke_open(key, stanza.enc, view_of(info), core_digest, stanza.ct));
  if (opened.size() != 32) return fail(Reject::decryption_failed, "a file key of another size", "32 bytes");
  return Secret<32>(std::span<const std::uint8_t, 32>(opened.expose()));
}

// found makes an identity's answer of an opened stanza.
Unwrapped found(Result<Secret<32>> key) {
  if (!key) return same(key);
  return std::optional<Secret<32>>(std::move(*key));
}
}  // namespace

Unwrapped KeyIdentity::unwrap(const Stanza& stanza, const Digest& core_digest) const {
  const auto* mine = std::get_if<HpkeStanza>(&stanza);
  if (!mine || mine->key_id != key_id_) return std::nullopt;
  return found(open_key(*mine, key_, "glovebox hpke stanza v1", core_digest));
}

Unwrapped EnclaveIdentity::unwrap(const Stanza& stanza, const Digest& core_digest) const {
  if (const auto* mine = std::get_if<EnclaveStanza>(&stanza)) {
    if (mine->binding != binding_) return std::nullopt;
    return found(open_key(*mine, key_, "glovebox enclave stanza v1", core_digest));
  }
  if (!release_) return std::nullopt;
  if (const auto* mine = std::get_if<LiveStanza>(&stanza)) {
    if (mine->binding != binding_) return std::nullopt;
    // Its own share first: a stanza that does not open must not cost a use at the broker.
    GLOVEBOX_TRY(own, open_key(*mine, key_, "glovebox live stanza v1", core_digest));
    GLOVEBOX_TRY(brokers, release_(mine->wrapped_key, core_digest));
    return join_shares(own.expose(), brokers.expose(), core_digest);
  }
  if (const auto* any = std::get_if<BrokerStanza>(&stanza)) return found(release_(any->wrapped_key, core_digest));
  return std::nullopt;
}

Result<EnvelopeKey> open_envelope(const Header& header, const Identity& identity) {
  const Digest core_digest = header.core.digest();
  for (const Stanza& stanza : header.stanzas) {
    GLOVEBOX_TRY(file_key, identity.unwrap(stanza, core_digest));
    if (!file_key) continue;
    if (!equal_secret(header_mac(*file_key, header.core, header.stanzas), header.mac))
      return fail(Reject::header_unauthentic, {}, {}, "the file was changed, or was not made by glovebox");
    return EnvelopeKey::from_file_key(header.core, std::move(*file_key));
  }
  return fail(Reject::no_matching_recipient, std::to_string(header.stanzas.size()) + " stanzas for others");
}
}  // namespace glovebox::envelope
