// blocks.h: the blocks of a BGZF file, inflated one at a time at any place, and the lines in them (SAM specification
// 4.1). A block has at most 64 KiB of text; a few are kept.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "scan/block_inflater.h"
#include "scan/source.h"

namespace glovebox::scan {

constexpr std::uint64_t bgzf_size_max = (std::uint64_t{1} << 48) - 1;  // a virtual offset has 48 bits for the file's

// Virtual is a place in the text: the block's offset in the file times 2^16, plus the offset in its text (4.1.1). The
// end of one block's text and the beginning of the next one's are the same place.
using Virtual = std::uint64_t;

// check_marker: truncated if the file does not end with BGZF's end-of-file marker; file_unreadable.
Status check_marker(Source& source);

struct Block {
  std::uint64_t offset = 0;
  std::uint64_t next = 0;  // where the next one begins
  Bytes text;

  Block() = default;
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  // at is a place in the text, or its end.
  Virtual at(std::size_t place) const { return place < text.size() ? offset << 16 | place : next << 16; }
};

class Blocks {
 public:
  // The source must outlive it, and have at most bgzf_size_max bytes.
  explicit Blocks(Source& source);
  ~Blocks();
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  // at inflates the block that begins there. compression_invalid if none does, or if it is damaged; file_unreadable.
  Result<std::shared_ptr<const Block>> at(std::uint64_t offset);
  std::uint64_t size() const { return source_.size(); }
  std::uint64_t inflated() const { return inflated_; }  // blocks, so far

 private:
  Result<View> bytes(std::uint64_t offset, std::size_t count);
  Source& source_;
  BlockInflater inflater_;
  std::vector<std::shared_ptr<Block>> kept_;  // the one used last is the last
  Bytes window_;                              // of the file
  std::uint64_t window_at_ = 0;
  std::uint64_t inflated_ = 0;
};

// TextLine borrows a line with its end, until the cursor moves on.
struct TextLine {
  std::string_view text;
  Virtual begin = 0;
};

// LineCursor walks lines across blocks.
class LineCursor {
 public:
  LineCursor(Blocks& blocks, std::size_t line_max) : blocks_(blocks), line_max_(line_max) {}
  ~LineCursor();
  LineCursor(const LineCursor&) = delete;
  LineCursor& operator=(const LineCursor&) = delete;

  // seek goes to a place, which should be a line's beginning. compression_invalid if its block's text has no such
  // place.
  Status seek(Virtual place);
  // next is the line there, or nothing at the file's end. Errors: those of Blocks::at; too_large beyond line_max.
  Result<std::optional<TextLine>> next();
  // place is where the next line begins; nothing at the file's end.
  Result<std::optional<Virtual>> place();

 private:
  // more makes sure that a byte is left in the block, going to the next ones if it takes that.
  Result<bool> more();
  Blocks& blocks_;
  std::size_t line_max_;
  std::shared_ptr<const Block> block_;
  std::size_t at_ = 0;
  std::string joined_;
};

}  // namespace glovebox::scan
