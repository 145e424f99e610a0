// bgzf.h: the form of BGZF (SAM specification 4.1): gzip members of at most 64 KiB of text that say their own size, and
// an empty one at the end. What the members hold is Inflater's and scan's to inflate.
#pragma once
#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace glovebox::genome {

constexpr std::size_t bgzf_head_bytes = 18;                   // up to the block's size, which tells BGZF from gzip
constexpr std::size_t bgzf_tail_bytes = 8;                    // CRC-32 and size of the text
constexpr std::size_t bgzf_block_max = std::size_t{1} << 16;  // bytes, compressed, and of text
constexpr std::size_t bgzf_marker_bytes = 28;

// bgzf_block_size is the size of the block that begins with these bytes, bgzf_head_bytes at least; nothing if none
// does. The block's own subfield comes first, as every writer has it.
std::optional<std::uint32_t> bgzf_block_size(View head);

// BgzfParts borrows a whole block's.
struct BgzfParts {
  View data;                    // raw deflate
  std::uint32_t crc = 0;        // of the text
  std::uint32_t text_size = 0;  // as the block says; may be beyond bgzf_block_max
};
// bgzf_parts: nothing if the bytes are not one block.
std::optional<BgzfParts> bgzf_parts(View block);

// BgzfEnd remembers the last bytes of a file that comes in pieces.
class BgzfEnd {
 public:
  void add(View piece);
  // check: truncated if they are not the end-of-file marker (4.1.2), the empty block that ends every BGZF file.
  Status check() const;

 private:
  Array<bgzf_marker_bytes> last_{};
};

}  // namespace glovebox::genome
