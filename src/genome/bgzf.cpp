#include "genome/bgzf.h"

namespace glovebox::genome {
namespace {
constexpr Array<bgzf_marker_bytes> marker = {0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43,
                                             2,    0,    0x1b, 0,    3, 0, 0, 0, 0, 0,    0, 0, 0,    0};

std::uint32_t u16(View bytes, std::size_t at) {
  return bytes[at] | static_cast<std::uint32_t>(bytes[at + 1]) << 8;
}
std::uint32_t u32(View bytes, std::size_t at) {
  return u16(bytes, at) | u16(bytes, at + 2) << 16;
}
std::size_t data_begin(View head) {
  return std::size_t{12} + u16(head, 10);
}
}  // namespace

std::optional<std::uint32_t> bgzf_block_size(View head) {
  if (head.size() < bgzf_head_bytes) return std::nullopt;
  const bool is_block = head[0] == 0x1f && head[1] == 0x8b && head[2] == 8 && head[3] == 4 && u16(head, 10) >= 6 &&
                        head[12] == 'B' && head[13] == 'C' && u16(head, 14) == 2;
  const std::uint32_t size = is_block ? u16(head, 16) + 1 : 0;
  return size > data_begin(head) + bgzf_tail_bytes ? std::optional(size) : std::nullopt;
}

std::optional<BgzfParts> bgzf_parts(View block) {
  if (bgzf_block_size(block) != block.size()) return std::nullopt;
  const std::size_t begin = data_begin(block), end = block.size() - bgzf_tail_bytes;
  return BgzfParts{.data = block.subspan(begin, end - begin), .crc = u32(block, end), .text_size = u32(block, end + 4)};
}

void BgzfEnd::add(View piece) {
  const View last = piece.last(std::min(piece.size(), last_.size()));
  std::ranges::copy(std::span(last_).subspan(last.size()), last_.begin());
  std::ranges::copy(last, last_.end() - static_cast<std::ptrdiff_t>(last.size()));
}

Status BgzfEnd::check() const {
  if (last_ == marker) return {};
  return fail(Reject::truncated, "no BGZF end-of-file marker", "the 28 bytes that end every BGZF file",
              "the file was cut, or joined wrongly; check with `bgzip -t` and copy it again");
}

}  // namespace glovebox::genome
