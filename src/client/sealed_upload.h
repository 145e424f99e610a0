// sealed_upload.h: the body of one POST: the signed request, the envelope's header, then the data, digested and sealed
// while it is read. Memory does not grow with the data, but for a tag of each chunk.
#pragma once
#include <optional>
#include <vector>

#include "client/data.h"
#include "crypto/hash.h"
#include "envelope/sealer.h"
#include "protocol/body.h"

namespace glovebox::client {

// ChunkGuard sees each sealed chunk before it leaves. A retry seals under the same key: were the file changed in
// between, the same nonces would cover two plaintexts. The guard remembers each chunk's tag, which under one key and
// nonce is a MAC of the plaintext, and lets (file_unreadable) no chunk out whose tag is another than before.
class ChunkGuard {
 public:
  Status admit(std::uint64_t index, View sealed);

 private:
  using Tag = Array<crypto::aead_tag_size>;
  std::vector<Tag> seen_;
};

// Plain is what the body holds.
struct Plain {
  View parameters;
  View signed_policy;
  Data* callable = nullptr;  // null: none
  std::uint64_t callable_size = 0;
  Data& data;
  std::uint64_t data_size = 0;
};

class SealedUpload {
 public:
  // The key, what `plain` names, and the guard outlive it. `prefix` is sent first, as it is.
  SealedUpload(Bytes prefix, const envelope::EnvelopeKey& key, const Plain& plain, ChunkGuard& guard);
  SealedUpload(const SealedUpload&) = delete;
  SealedUpload& operator=(const SealedUpload&) = delete;

  std::uint64_t size() const { return size_; }
  // read makes the next bytes; 0 is the end. Errors of the data, or the guard's; file_unreadable if the data has
  // another size than was said.
  Result<std::size_t> read(std::span<std::uint8_t> out);
  // input_digest is what the receipt's input commitment must be over, once all was read.
  Digest input_digest();

 private:
  Status more();  // seals something more into ready_, or ends
  Status seal(View plaintext);
  Status take(View sealed);  // from the sealer, chunk by chunk

  envelope::Sealer sealer_;
  protocol::BodyWriter writer_;
  Data* callable_;  // null: none, or at its end
  Data& data_;
  ChunkGuard& guard_;
  crypto::Sha256 data_hash_;
  std::optional<crypto::Sha256> callable_hash_;  // nothing: there are none
  std::uint64_t data_left_;
  Bytes parameters_;
  Bytes policy_;
  std::uint64_t size_;
  Bytes ready_;
  std::size_t given_ = 0;
  SecretBytes piece_;
  std::uint64_t chunk_index_ = 0;
  std::uint64_t padding_ = 0;
  bool begun_ = false;
  bool data_ended_ = false;
  bool ended_ = false;
};

}  // namespace glovebox::client
