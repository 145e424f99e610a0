// opener.h: opens a body: Opener as a stream, SeekOpener in any order. What is given out is authentic, but a stream is
// whole only when finish has passed.
#pragma once
#include "envelope/sealer.h"

namespace glovebox::envelope {

// Opener takes the body's bytes in pieces of any size and gives plaintext to the sink, chunk by chunk. Padding is given
// out too: where it begins is known to the reader of the content, which must refuse any that is not zero
// (protocol/body.h does). It holds back at most one chunk, since only the end of the stream tells which is the last.
class Opener {
 public:
  explicit Opener(const EnvelopeKey& key);

  // push: chunk_unauthentic, too_large (beyond the size class or 2^32 chunks), or the sink's failure.
  Status push(View sealed, const Sink& sink);
  // finish opens the last chunk: envelope_truncated, chunk_unauthentic; malformed if the padded size is not the size
  // class's or the last of several chunks is empty.
  Status finish(const Sink& sink);

 private:
  Status take(View sealed, const Sink& sink);
  Status open_full(View sealed, const Sink& sink);
  Status open_last(const Sink& sink);

  ChunkCipher cipher_;
  std::uint64_t sealed_size_max_;  // of the whole body
  bool padded_;
  std::uint64_t taken_ = 0;
  std::uint64_t index_ = 0;
  Bytes held_;
  std::size_t held_size_ = 0;
  SecretBytes plain_;
  Status status_;  // sticks: a caller that goes on after a failure gets nothing
};

// ReadAt fills `out` with the body's bytes from `offset` on.
using ReadAt = std::function<Status(std::uint64_t offset, std::span<std::uint8_t> out)>;

// SeekOpener opens any part of a body that can be read at random.
class SeekOpener {
 public:
  // create opens the last chunk, which fixes the length. `body_size` is the size of what `read` reads. Errors as
  // Opener's.
  static Result<SeekOpener> create(const EnvelopeKey& key, std::uint64_t body_size, ReadAt read);

  std::uint64_t size() const { return size_; }  // of the plaintext, padding included
  // read returns the plaintext of [offset, offset + count): too_large if that is not inside.
  Result<SecretBytes> read(std::uint64_t offset, std::size_t count);

 private:
  SeekOpener(ChunkCipher cipher, std::uint64_t body_size, ReadAt read);
  Status load(std::uint64_t index);  // opens chunk `index` into plain_

  ChunkCipher cipher_;
  ReadAt read_;
  std::uint64_t body_size_;
  std::uint64_t chunks_;
  std::uint64_t size_ = 0;
  std::optional<std::uint64_t> loaded_;
  std::size_t plain_size_ = 0;
  Bytes sealed_;
  SecretBytes plain_;
};

}  // namespace glovebox::envelope
