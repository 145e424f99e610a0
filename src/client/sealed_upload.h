// sealed_upload.h: the body of one POST: the signed request, the envelope's header, then the data sealed while it is
// read. Memory does not grow with the data.
#pragma once
#include <vector>

#include "client/data.h"
#include "envelope/sealer.h"
#include "protocol/body.h"

namespace glovebox::client {

// ChunkGuard sees each 64 KiB of plaintext before it is sealed. A retry seals under the same key: were the file changed
// in between, the same nonces would cover two plaintexts. The guard remembers a digest of each chunk and refuses
// (file_unreadable) a second plaintext for any of them.
class ChunkGuard {
 public:
  Status admit(std::uint64_t index, View chunk);

 private:
  std::vector<Digest> seen_;
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
  // read makes the next bytes; 0 is the end. Errors of the data, or the guard's.
  Result<std::size_t> read(std::span<std::uint8_t> out);

 private:
  Status more();             // seals something more into ready_, or ends
  Status plain(View bytes);  // plaintext of the body, to the guard and the sealer
  Status flush(View chunk);

  envelope::Sealer sealer_;
  protocol::BodyWriter writer_;
  Data* callable_;  // null: none, or at its end
  Data& data_;
  ChunkGuard& guard_;
  Bytes parameters_;
  Bytes policy_;
  std::uint64_t size_;
  Bytes ready_;
  std::size_t given_ = 0;
  SecretBytes piece_;
  SecretBytes chunk_;
  std::size_t chunk_size_ = 0;
  std::uint64_t chunk_index_ = 0;
  std::uint64_t padding_ = 0;
  bool begun_ = false;
  bool data_ended_ = false;
  bool ended_ = false;
};

}  // namespace glovebox::client
