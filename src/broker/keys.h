// keys.h: a broker's private keys and the statements that it signs about them, in files of its folder:
//   identity.key          Ed25519, what enclaves and policies know the broker by
//   keys/N.key            wrapping key of version N; deleting it makes all that was wrapped to it unreadable for good
//   keys/N.statement      the signed statement that clients get
// A key file is a 16-byte mark, the KEM's number (2 bytes, zero for the identity), and a 32-byte seed; mode 0600.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/key_statement.h"

namespace glovebox::broker {

constexpr std::uint64_t versions_max = protocol::key_statements_max;

struct Version {
  crypto::KemPrivate key;
  protocol::KeyStatement statement;
  Bytes signed_statement;
};

class Keys {
 public:
  // create makes the folder and an identity: file_unwritable where there is one.
  static Status create(const std::filesystem::path& folder);
  // load: file_unreadable, key_invalid, broker_unknown for a statement that is not this identity's or not its key's.
  static Result<Keys> load(const std::filesystem::path& folder);

  const crypto::SigningKey& identity() const { return identity_; }
  const std::vector<Version>& versions() const { return versions_; }
  // find is by H of the public key; nothing for a version that is not held.
  const Version* find(const Digest& key_version) const;
  // encode is the answer of GET /v1/keys.
  Bytes encode() const;
  // add makes the next wrapping key, for the time from not_before to not_after.
  Status add(const std::filesystem::path& folder, crypto::Kem kem, Time not_before, Time not_after, bool development);

 private:
  explicit Keys(crypto::SigningKey identity) : identity_(std::move(identity)) {}
  crypto::SigningKey identity_;
  std::vector<Version> versions_;
};

}  // namespace glovebox::broker
