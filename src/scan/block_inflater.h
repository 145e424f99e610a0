// block_inflater.h: a BGZF block's text by libdeflate, which is twice as fast as zlib and wants a block at once.
#pragma once
#include <memory>
#include <span>

#include "genome/bgzf.h"

namespace glovebox::scan {

// BlockInflater has libdeflate's own memory, made once.
class BlockInflater {
 public:
  BlockInflater();
  ~BlockInflater();
  BlockInflater(BlockInflater&&) noexcept = default;
  // text_size is what the block says of its text, at most bgzf_block_max; nothing if it is no block of the common form.
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
