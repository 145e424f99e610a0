// bgzf.h: text as BGZF for targets whose subject lies behind the compression: stored, not deflated, so that what the
// fuzzer changes is what is read.
#pragma once
#include <zlib.h>

#include "base/bytes.h"
#include "base/reader.h"

namespace glovebox::fuzz {

constexpr std::size_t bgzf_text_max = 65280;  // of one block

// bgzf_block is one block of `text`, bgzf_text_max bytes at most.
inline Bytes bgzf_block(View text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  const auto crc = static_cast<std::uint32_t>(crc32(0, text.data(), size));
  const std::uint32_t last = 18 + 5 + size + 8 - 1;  // the block's size less one
  Writer out;
  out.bytes(Bytes{0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0});
  out.u8(static_cast<std::uint8_t>(last)).u8(static_cast<std::uint8_t>(last >> 8));
  out.u8(1).u32le(size | (~size << 16)).bytes(text);  // one stored block of deflate's, the last
  return out.u32le(crc).u32le(size).take();
}

// bgzf is a whole file of blocks of `block` bytes of text, with the marker that ends one.
inline Bytes bgzf(View text, std::size_t block) {
  Bytes out;
  while (!text.empty()) {
    const View piece = text.first(std::min({block, text.size(), bgzf_text_max}));
    const Bytes packed = bgzf_block(piece);
    out.insert(out.end(), packed.begin(), packed.end());
    text = text.subspan(piece.size());
  }
  static constexpr Array<28> marker = {0x1f, 0x8b, 8,    4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C',
                                       2,    0,    0x1b, 0, 3, 0, 0, 0, 0, 0,    0, 0, 0,   0};
  out.insert(out.end(), marker.begin(), marker.end());
  return out;
}

}  // namespace glovebox::fuzz
