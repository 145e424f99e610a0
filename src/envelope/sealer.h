// sealer.h: seals a body as a stream, in memory that does not grow with it.
#pragma once
#include <functional>

#include "envelope/chunk.h"

namespace glovebox::envelope {

// Sink takes the next bytes of a stream; the view is valid during the call. Its failure ends the stream.
using Sink = std::function<Status(View)>;

// Sealer takes plaintext in pieces of any size and gives sealed chunks to the sink. It holds back at most one chunk.
// Large pieces (some chunks long) are sealed straight from the caller's memory. Where the core has a size class, finish
// pads with zeros. One Sealer per EnvelopeKey, ever: two bodies under one key reuse nonces.
class Sealer {
 public:
  explicit Sealer(const EnvelopeKey& key);

  // push: too_large beyond the size class or 2^32 chunks, or the sink's failure.
  Status push(View plaintext, const Sink& sink);
  // finish pads, seals the last chunk and ends the stream; nothing may be pushed after it.
  Status finish(const Sink& sink);

 private:
  Status emit(View plaintext, Final final, const Sink& sink);
  Status take(View plaintext, const Sink& sink);

  ChunkCipher cipher_;
  std::uint64_t padded_size_;  // 0: not padded
  std::uint64_t taken_ = 0;
  std::uint64_t index_ = 0;
  SecretBytes held_;
  std::size_t held_size_ = 0;
  Bytes out_;
};

}  // namespace glovebox::envelope
