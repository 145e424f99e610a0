#include "protocol/key_statement.h"

namespace glovebox::protocol {

Bytes KeyStatement::encode() const {
  cbor::Writer out;
  out.document(key_statement_label, 8).bstr(identity.bytes).uint(version);
  out.uint(static_cast<std::uint64_t>(key.kem())).bstr(key.bytes());
  write_time(out, not_before);
  write_time(out, not_after);
  return out.boolean(development).take();
}

Result<KeyStatement> KeyStatement::parse(View payload) {
  GLOVEBOX_CHECK(check_size(key_statement_label, payload.size(), key_statement_size_max));
  cbor::Reader in(payload);
  in.document(key_statement_label, 8);
  const crypto::VerifyKey identity{in.bytes_of<32>()};
  const std::uint64_t version = in.uint();
  auto key = read_public(in);
  const Time not_before = read_time(in);
  const Time not_after = read_time(in);
  const bool development = in.boolean();
  GLOVEBOX_CHECK(in.finish());
  return KeyStatement{identity, version, std::move(*key), not_before, not_after, development};
}

Bytes KeyStatement::sign(const crypto::SigningKey& identity_key) const {
  return crypto::sign_document(identity_key, encode(), key_statement_label);
}

Result<KeyStatement> KeyStatement::open(View signed_statement, const crypto::VerifyKey& identity) {
  GLOVEBOX_TRY(payload, open_as(Reject::broker_unknown, signed_statement, identity, key_statement_label,
                                key_statement_size_max));
  GLOVEBOX_TRY(statement, parse(payload));
  if (statement.identity != identity)
    return fail(Reject::broker_unknown, "a statement for " + to_hex(statement.identity.bytes), to_hex(identity.bytes));
  return statement;
}

Digest KeyStatement::key_version() const {
  return crypto::sha256(key.bytes());
}

Status KeyStatement::check_time(Time now) const {
  if (now >= not_before && now <= not_after) return {};
  return fail(Reject::broker_unknown, "a key for " + to_rfc3339(not_before) + " to " + to_rfc3339(not_after),
              "one for " + to_rfc3339(now));
}

Bytes BrokerKeys::encode() const {
  cbor::Writer out;
  out.document(broker_keys_label, 2).array(statements.size());
  for (const Bytes& statement : statements) out.bstr(statement);
  return out.take();
}

Result<BrokerKeys> BrokerKeys::parse(View encoded) {
  GLOVEBOX_CHECK(check_size(broker_keys_label, encoded.size(), broker_keys_size_max));
  cbor::Reader in(encoded);
  BrokerKeys out;
  in.document(broker_keys_label, 2);
  for (auto c = in.array(key_statements_max); in.more(c);)
    out.statements.push_back(to_bytes(in.bstr(key_statement_size_max)));
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Result<KeyStatement> newest_key(const BrokerKeys& keys, const crypto::VerifyKey& identity, Time now,
                                std::span<const crypto::Kem> kems) {
  std::optional<KeyStatement> best;
  std::optional<crypto::Kem> other;
  for (const Bytes& bytes : keys.statements) {
    auto statement = KeyStatement::open(bytes, identity);
    if (!statement || !statement->check_time(now)) continue;
    if (!std::ranges::contains(kems, statement->key.kem())) {
      other = statement->key.kem();
      continue;
    }
    if (!best || statement->version > best->version) best = std::move(*statement);
  }
  if (best) return std::move(*best);
  if (other)
    return fail(Reject::kem_not_allowed, "a broker's key of " + std::string(crypto::name(*other)) + " alone",
                "one of a KEM that the policy names");
  return fail(Reject::broker_unknown, std::to_string(keys.statements.size()) + " key statements, none good",
              "one signed by " + to_hex(identity.bytes) + ", valid at " + to_rfc3339(now));
}
}  // namespace glovebox::protocol
