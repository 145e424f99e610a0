// key.h: the key of one envelope, with the core it belongs to. Whoever holds it makes headers (to seal, and to re-wrap:
// other recipients, same core and body) and sealers and openers of the body.
#pragma once
#include "envelope/header.h"

namespace glovebox::envelope {

// ToKey, ToEnclave, ToBroker and ToLive say for whom a stanza is made. A wrapped_key is made by
// protocol/wrapped_key.h: of the file key for `broker`, of the broker's share for `live`, both with core_digest().
struct ToKey {
  crypto::KemPublic key;
};
struct ToEnclave {
  Binding binding{};
  crypto::KemPublic key;
};
struct ToBroker {
  Bytes wrapped_key;
};
struct ToLive {
  Binding binding{};
  crypto::KemPublic key;
  Bytes wrapped_key;
};
using Recipient = std::variant<ToKey, ToEnclave, ToBroker, ToLive>;

// Shares are the halves of which a `live` stanza makes the file key.
struct Shares {
  Secret<32> enclave;
  Secret<32> broker;
};
// join_shares is the file key of a `live` stanza.
Secret<32> join_shares(View enclave_share, View broker_share, const Digest& core_digest);

class EnvelopeKey {
 public:
  // fresh draws core.random and two shares, and makes the file key of them. usage if the core breaks a bound.
  static Result<EnvelopeKey> fresh(Core core);
  // from_file_key is for an envelope that was opened: it has no shares, so it makes no `live` stanza.
  static EnvelopeKey from_file_key(Core core, Secret<32> file_key);
  // from_shares is `fresh` with everything given: for tests and for a sender that retries. The same key must never seal
  // two different bodies: a retry sends the stored body again under a new header.
  static EnvelopeKey from_shares(Core core, Shares shares);

  const Core& core() const { return core_; }
  const Digest& core_digest() const { return core_digest_; }
  const Secret<32>& file_key() const { return file_key_; }
  bool has_shares() const { return shares_.has_value(); }
  const Secret<32>& broker_share() const { return shares_->broker; }  // only with shares

  // header makes one stanza for each recipient, and the MAC. usage: no recipient, more than 16, or `live` without
  // shares; too_large; key_invalid.
  Result<Header> header(std::span<const Recipient> recipients) const;
  // header_of does the same for stanzas that exist already (re-wrap keeps some, drops some, adds some).
  Result<Header> header_of(std::vector<Stanza> stanzas) const;
  Result<Stanza> stanza(const Recipient& recipient) const;

  Secret<32> body_key() const;

 private:
  EnvelopeKey(Core core, Secret<32> file_key, std::optional<Shares> shares);
  Core core_;
  Digest core_digest_;
  Secret<32> file_key_;
  std::optional<Shares> shares_;
};

}  // namespace glovebox::envelope
