#include "scan/blocks.h"

#include <cstring>

#include "base/secret.h"

namespace glovebox::scan {
namespace {
constexpr std::size_t kept_max = 8;
constexpr std::size_t window_bytes = std::size_t{48} << 10;  // of the file, in one read: two or three blocks
std::unexpected<Error> damaged(std::uint64_t offset, std::string what) {
  return fail(Reject::compression_invalid, "at byte " + std::to_string(offset) + ": " + std::move(what),
              "an intact BGZF block");
}
}  // namespace

Status check_marker(Source& source) {
  Array<genome::bgzf_marker_bytes> last{};
  genome::BgzfEnd end;
  if (source.size() >= last.size()) {
    GLOVEBOX_TRY(size, source.read_at(source.size() - last.size(), last));
    end.add(View(last).first(size));
  }
  return end.check();
}

Block::~Block() {
  erase(text);
}

Blocks::Blocks(Source& source) : source_(source) {}
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
  GLOVEBOX_TRY(head, bytes(offset, genome::bgzf_head_bytes));
  const auto size = genome::bgzf_block_size(head);
  if (!size) return damaged(offset, "no block begins there");
  GLOVEBOX_TRY(whole, bytes(offset, *size));
  if (whole.size() != *size) return damaged(offset, "the file ends inside the block");
  const auto text_size = BlockInflater::text_size(whole);
  if (!text_size) return damaged(offset, "it says that its text is larger than a block's");
  std::shared_ptr<Block> block;
  if (kept_.size() == kept_max && kept_.front().use_count() == 1) {  // nobody looks at it: its memory serves again
    block = std::move(kept_.front());
    kept_.erase(kept_.begin());
  } else {
    block = std::make_shared<Block>();
    block->text.reserve(genome::bgzf_block_max);
  }
  block->offset = offset;
  block->next = offset + *size;
  block->text.resize(*text_size);
  if (!inflater_.inflate(whole, block->text)) return damaged(offset, "the data are not what the block says of them");
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
