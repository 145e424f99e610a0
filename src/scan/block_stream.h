// block_stream.h: whole BGZF blocks (SAM specification 4.1) out of a file that comes in pieces, and their text by
// libdeflate, which is twice as fast as zlib and wants a block at once.
//
// genome::Inflater stays the judge. A member that is not a BGZF block of the common form, and a block that does not
// inflate to what its end says, is handed on with everything behind it, to be given to an Inflater: what it refuses is
// refused in its words, and what it takes is taken.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "base/secret.h"

namespace glovebox::scan {

constexpr std::size_t block_bytes_max = std::size_t{1} << 16;  // compressed, and of text

class BlockStream {
 public:
  struct Sink {
    std::function<Status(View block)> block;  // one whole block
    std::function<Status(View bytes)> rest;   // from the first member on that is none; begins with 1f 8b
  };
  explicit BlockStream(Sink sink) : sink_(std::move(sink)) {}
  BlockStream(const BlockStream&) = delete;
  BlockStream& operator=(const BlockStream&) = delete;
  ~BlockStream() { erase(held_); }

  // feed: trailing_bytes for what begins no member, compression_invalid for what begins like one and is none.
  Status feed(View piece);
  // finish hands out what is held, the beginning of a block, as rest.
  Status finish();
  // check_end: truncated if the file did not end with the end-of-file marker.
  Status check_end() const;
  std::uint64_t bytes() const { return bytes_; }  // so far

 private:
  Status give(View& piece);
  Status give_rest(View bytes);
  Sink sink_;
  Bytes held_;  // the beginning of a block
  bool rest_ = false;
  std::uint64_t bytes_ = 0;
  Array<28> tail_{};  // the last bytes of the file
};

// BlockInflater has libdeflate's own memory, made once.
class BlockInflater {
 public:
  BlockInflater();
  ~BlockInflater();
  BlockInflater(BlockInflater&&) noexcept = default;
  // text_size is what the block says of its text, at most block_bytes_max; nothing if it is no block of the common
  // form.
  static std::optional<std::size_t> text_size(View block);
  // inflate fills `out`, of text_size bytes. False if the block's data does not end with the block, or has another size
  // or CRC.
  bool inflate(View block, std::span<std::uint8_t> out) const;

 private:
  struct Free {
    void operator()(void* decompressor) const;
  };
  std::unique_ptr<void, Free> decompressor_;
};

}  // namespace glovebox::scan
