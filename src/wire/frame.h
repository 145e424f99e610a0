// frame.h: frames between host and enclave: u8 type || u32be size || payload. One connection is one call. A frame's
// size is checked against the bound of its type before a byte of it is stored.
#pragma once
#include <optional>

#include "base/bytes.h"
#include "wire/limits.h"
#include "wire/word.h"

namespace glovebox::wire {

enum class FrameType : std::uint8_t {
  evidence = 1,  // host to enclave, first: the nonce, 32 bytes
  score = 2,     // host to enclave, first: the signed request
  info = 3,      // host to enclave, first: empty
  data = 4,      // host to enclave: bytes of the envelope
  end = 5,       // host to enclave: empty
  reply = 16,    // enclave to host: bytes of the reply
  status = 17,   // enclave to host, last: a Word
};

constexpr std::size_t frame_head_size = 5;

// frame_head is what goes before a payload of `size` bytes, which must be within the bounds of its type.
Array<frame_head_size> frame_head(FrameType type, std::size_t size);
Bytes encode_frame(FrameType type, View payload);
// append_frames writes `bytes` as frames of at most 65,536 bytes (data or reply), none for no bytes.
void append_frames(Bytes& out, FrameType type, View bytes);
Bytes encode_status(Word word);

// Frame is one as received; its payload borrows the FrameReader's buffer until the next call of `next`.
struct Frame {
  FrameType type;
  View payload;
};

// FrameReader takes a connection's bytes in whatever pieces they come and gives whole frames.
class FrameReader {
 public:
  // next consumes bytes from the front of `in` and returns a frame once one is whole; nothing when `in` is used up.
  //   for (;;) { GLOVEBOX_TRY(frame, reader.next(in)); if (!frame) break; ... }
  // malformed (unknown type, a payload not of its type's form), too_large (beyond its type's bound). After a refusal
  // the reader stays refused.
  Result<std::optional<Frame>> next(View& in);
  // finish is for the end of the connection: truncated in the middle of a frame.
  Status finish() const;

 private:
  Status check_head();
  Array<frame_head_size> head_{};
  std::size_t head_have_ = 0;
  std::size_t size_ = 0;
  Bytes payload_;
  bool given_ = false;
  Status status_;
};

// word_of reads the payload of a status frame, whose form the reader has checked.
Word word_of(const Frame& status);

}  // namespace glovebox::wire
