// key_statement.h: a broker says, under its identity, which key shares are wrapped to, and for how long.
#pragma once
#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view key_statement_label = "glovebox broker key v1";
constexpr std::string_view broker_keys_label = "glovebox broker keys v1";
constexpr std::size_t key_statement_size_max = 4096;  // signed
constexpr std::size_t key_statements_max = 64;
constexpr std::size_t broker_keys_size_max = 65536;

struct KeyStatement {
  crypto::VerifyKey identity;
  std::uint64_t version = 1;
  crypto::KemPublic key;
  Time not_before;
  Time not_after;
  bool development = false;  // made under a test root; for good

  Bytes encode() const;
  static Result<KeyStatement> parse(View payload);
  Bytes sign(const crypto::SigningKey& identity_key) const;
  // open: broker_unknown unless signed by `identity`, which it names, or parse's errors.
  static Result<KeyStatement> open(View signed_statement, const crypto::VerifyKey& identity);
  Digest key_version() const;         // H(public key)
  Status check_time(Time now) const;  // broker_unknown outside its time
  bool operator==(const KeyStatement&) const = default;
};

// BrokerKeys is the answer of GET /v1/keys: signed statements, nothing around them is signed.
inline constexpr std::array all_kems = {crypto::Kem::x25519, crypto::Kem::x_wing};

struct BrokerKeys {
  std::vector<Bytes> statements;
  Bytes encode() const;
  static Result<BrokerKeys> parse(View encoded);
};

// newest_key returns the good statement with the highest version that is valid at `now` and whose KEM is one of `kems`;
// broker_unknown if there is none, kem_not_allowed if none has such a KEM. Statements of others are skipped.
Result<KeyStatement> newest_key(const BrokerKeys& keys, const crypto::VerifyKey& identity, Time now,
                                std::span<const crypto::Kem> kems = all_kems);

}  // namespace glovebox::protocol
