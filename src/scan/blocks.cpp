#include "scan/blocks.h"

#include <libdeflate.h>

#include <cstring>

#include "base/reader.h"
#include "base/secret.h"

namespace glovebox::scan {
namespace {
constexpr std::size_t tail_bytes = 8;  // CRC-32 and length of the text
constexpr std::size_t kept_max = 8;
constexpr std::size_t window_bytes = std::size_t{48} << 10;  // of the file, in one read: two or three blocks
constexpr Array<28> eof_marker = {0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43,
                                  2,    0,    0x1b, 0,    3, 0, 0, 0, 0, 0,    0, 0, 0,    0};

std::uint32_t u16(View bytes, std::size_t at) {
  return bytes[at] | static_cast<std::uint32_t>(bytes[at + 1]) << 8;
}

std::unexpected<Error> damaged(std::uint64_t offset, std::string what) {
  return fail(Reject::compression_invalid, "at byte " + std::to_string(offset) + ": " + std::move(what),
              "an intact BGZF block");
}
}  // namespace

std::optional<std::uint32_t> block_size(View head) {
  if (head.size() < block_head_bytes) return std::nullopt;
  if (head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 || head[3] != 4) return std::nullopt;
  if (head[12] != 'B' || head[13] != 'C' || head[14] != 2 || head[15] != 0) return std::nullopt;
  const std::uint32_t extra = u16(head, 10);
  const std::uint32_t size = u16(head, 16) + 1;
  if (extra < 6 || size < 12 + extra + tail_bytes) return std::nullopt;
  return size;
}

Result<bool> ends_with_marker(Source& source) {
  Array<eof_marker.size()> last{};
  if (source.size() < last.size()) return false;
  GLOVEBOX_TRY(size, source.read_at(source.size() - last.size(), last));
  return size == last.size() && last == eof_marker;
}

Block::~Block() {
  erase(text);
}

struct Blocks::Inflate {
  Inflate() : state(libdeflate_alloc_decompressor()) {}
  ~Inflate() { libdeflate_free_decompressor(state); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
  libdeflate_decompressor* state;
};

Blocks::Blocks(Source& source) : source_(source), inflate_(std::make_unique<Inflate>()) {}
Blocks::~Blocks() = default;

// bytes borrows a piece of the file, shorter at its end, until the next call.
Result<View> Blocks::bytes(std::uint64_t offset, std::size_t count) {
  if (offset < window_at_ || offset + count > window_at_ + window_.size()) {
    window_.resize(std::max(count, window_bytes));
    window_at_ = offset;
    auto size = source_.read_at(offset, window_);
    window_.resize(size.value_or(0));
    if (!size) return same(size);
  }
  const View held = View(window_).subspan(static_cast<std::size_t>(offset - window_at_));
  return held.first(std::min(count, held.size()));
}

Result<std::shared_ptr<const Block>> Blocks::at(std::uint64_t offset) {
  for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
    if ((*kept)->offset != offset) continue;
    std::rotate(kept_.rbegin(), kept, kept + 1);
    return kept_.back();
  }
  if (inflate_->state == nullptr) return fail(Reject::out_of_resources, "libdeflate has no memory");
  GLOVEBOX_TRY(head, bytes(offset, block_head_bytes));
  const auto size = block_size(head);
  if (!size) return damaged(offset, "no block begins there");
  GLOVEBOX_TRY(whole, bytes(offset, *size));
  if (whole.size() != *size) return damaged(offset, "the file ends inside the block");
  Reader tail(whole.last(tail_bytes));
  const std::uint32_t crc = tail.u32le();
  const std::uint32_t text_size = tail.u32le();
  if (text_size > block_text_max) return damaged(offset, "a text of " + std::to_string(text_size) + " bytes");
  const std::size_t head_size = 12 + u16(whole, 10);
  const View body = whole.subspan(head_size, whole.size() - head_size - tail_bytes);
  std::shared_ptr<Block> block;
  if (kept_.size() == kept_max && kept_.front().use_count() == 1) {  // nobody looks at it: its memory serves again
    block = std::move(kept_.front());
    kept_.erase(kept_.begin());
  } else {
    block = std::make_shared<Block>();
    block->text.reserve(block_text_max);
  }
  block->offset = offset;
  block->next = offset + *size;
  block->text.resize(text_size);
  std::size_t written = 0;
  const auto result =
      libdeflate_deflate_decompress(inflate_->state, body.data(), body.size(), block->text.data(), text_size, &written);
  if (result != LIBDEFLATE_SUCCESS || written != text_size) return damaged(offset, "the data do not inflate");
  if (libdeflate_crc32(0, block->text.data(), text_size) != crc) return damaged(offset, "the checksum is another");
  ++inflated_;
  if (kept_.size() == kept_max) kept_.erase(kept_.begin());
  kept_.push_back(std::move(block));
  return kept_.back();
}

LineCursor::~LineCursor() {
  erase(std::span(reinterpret_cast<std::uint8_t*>(joined_.data()), joined_.size()));
}

Status LineCursor::seek(Virtual place) {
  const std::uint64_t offset = place >> 16;
  const std::size_t at = place & 0xffff;
  if (offset == blocks_.size() && at == 0) {  // the end
    block_ = nullptr;
    at_ = 0;
    return {};
  }
  GLOVEBOX_TRY(block, blocks_.at(offset));
  if (at > block->text.size())
    return damaged(offset, "text of " + std::to_string(block->text.size()) + " bytes, not " + std::to_string(at));
  block_ = std::move(block);
  at_ = at;
  return {};
}

Result<bool> LineCursor::more() {
  while (block_ && at_ == block_->text.size()) {
    if (block_->next == blocks_.size()) {
      block_ = nullptr;
      break;
    }
    GLOVEBOX_TRY(block, blocks_.at(block_->next));
    block_ = std::move(block);
    at_ = 0;
  }
  return block_ != nullptr;
}

Result<std::optional<Virtual>> LineCursor::place() {
  GLOVEBOX_TRY(any, more());
  return any ? std::optional(block_->at(at_)) : std::nullopt;
}

Result<std::optional<TextLine>> LineCursor::next() {
  GLOVEBOX_TRY(any, more());
  if (!any) return std::nullopt;
  const Virtual begin = block_->at(at_);
  joined_.clear();
  for (;;) {
    const std::string_view rest = text_of(block_->text).substr(at_);
    const void* found = std::memchr(rest.data(), '\n', rest.size());
    const std::size_t size =
        found == nullptr ? rest.size() : static_cast<std::size_t>(static_cast<const char*>(found) - rest.data()) + 1;
    if (joined_.size() + size > line_max_)
      return fail(Reject::too_large, "a line of more bytes", std::to_string(line_max_) + " at most");
    at_ += size;
    if (found != nullptr && joined_.empty()) return TextLine{rest.substr(0, size), begin};
    joined_ += rest.substr(0, size);
    if (found != nullptr) return TextLine{joined_, begin};
    GLOVEBOX_TRY(goes_on, more());
    if (!goes_on) return TextLine{joined_, begin};
  }
}

}  // namespace glovebox::scan
