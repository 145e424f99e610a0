// stanza.h: one way to the file key, as the envelope's header carries it (docs/spec/envelope.md, "Stanzas").
#pragma once
#include <string>
#include <variant>

#include "base/cbor.h"
#include "crypto/kem.h"

namespace glovebox::envelope {

constexpr std::size_t stanza_size_max = 65536;
constexpr std::size_t stanza_type_max = 32;  // bytes of a stanza's type
constexpr std::size_t stanza_ct_max = 48;    // a 32-byte key and its tag

using KeyId = Array<8>;
using Binding = Array<64>;  // digest of docs/spec/evidence.md; the envelope only compares it

// HpkeStanza seals the file key to a person's key.
struct HpkeStanza {
  KeyId key_id{};
  crypto::Kem kem = crypto::Kem::x_wing;
  Bytes enc;
  Bytes ct;
  bool operator==(const HpkeStanza&) const = default;
};

// EnclaveStanza seals the file key to the attested key of one enclave.
struct EnclaveStanza {
  Binding binding{};
  crypto::Kem kem = crypto::Kem::x_wing;
  Bytes enc;
  Bytes ct;
  bool operator==(const EnclaveStanza&) const = default;
};

// BrokerStanza carries the file key wrapped to a broker. The envelope does not look into wrapped_key.
struct BrokerStanza {
  Bytes wrapped_key;
  bool operator==(const BrokerStanza&) const = default;
};

// LiveStanza carries two shares: one sealed to the attested key of one enclave, one wrapped to a broker.
struct LiveStanza {
  Binding binding{};
  crypto::Kem kem = crypto::Kem::x_wing;
  Bytes enc;
  Bytes ct;
  Bytes wrapped_key;
  bool operator==(const LiveStanza&) const = default;
};

// OtherStanza is of a type that this version does not know; it is skipped and kept as received.
struct OtherStanza {
  std::string type;
  Bytes encoded;
  bool operator==(const OtherStanza&) const = default;
};

using Stanza = std::variant<HpkeStanza, EnclaveStanza, BrokerStanza, LiveStanza, OtherStanza>;

// type_of returns the text that names the stanza's type: "hpke", "enclave", "broker", "live", or another.
std::string_view type_of(const Stanza& stanza);
Bytes encode(const Stanza& stanza);
// parse_stanza reads one stanza to its last byte; malformed, truncated, not_deterministic, too_large, trailing_bytes,
// type_unsupported (a KEM that is not known).
Result<Stanza> parse_stanza(View encoded);

// key_id_of is the first 8 bytes of the SHA-256 of the public key.
KeyId key_id_of(const crypto::KemPublic& key);

}  // namespace glovebox::envelope
