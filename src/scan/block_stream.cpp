#include "scan/block_stream.h"

#include <libdeflate.h>

#include <cstdlib>

namespace glovebox::scan {
namespace {
constexpr std::size_t head_bytes = 18;  // up to the block's size
constexpr std::size_t tail_bytes = 8;   // CRC and size of the text
// The empty block that ends every BGZF file (SAM specification 4.1.2).
constexpr Array<28> eof_marker = {0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43,
                                  2,    0,    0x1b, 0,    3, 0, 0, 0, 0, 0,    0, 0, 0,    0};

std::uint32_t u16(View bytes, std::size_t at) {
  return bytes[at] | static_cast<std::uint32_t>(bytes[at + 1]) << 8;
}
std::uint32_t u32(View bytes, std::size_t at) {
  return u16(bytes, at) | u16(bytes, at + 2) << 16;
}

// block_size is the size of the block that begins with these bytes, head_bytes at least; 0 if none does. Its own
// subfield comes first, as every writer has it.
std::size_t block_size(View head) {
  const bool is_block = head[0] == 0x1f && head[1] == 0x8b && head[2] == 8 && head[3] == 4 && u16(head, 10) >= 6 &&
                        head[12] == 'B' && head[13] == 'C' && u16(head, 14) == 2;
  const std::size_t size = is_block ? u16(head, 16) + std::size_t{1} : 0;
  return size > 12 + u16(head, 10) + tail_bytes ? size : 0;
}
}  // namespace

Status BlockStream::feed(View piece) {
  bytes_ += piece.size();
  const View last = piece.last(std::min(piece.size(), tail_.size()));
  std::ranges::copy(std::span(tail_).subspan(last.size()), tail_.begin());
  std::ranges::copy(last, tail_.end() - static_cast<std::ptrdiff_t>(last.size()));
  while (!piece.empty()) GLOVEBOX_CHECK(give(piece));
  return {};
}

// give takes one step: a block out of the piece, or as much of one as is there.
Status BlockStream::give(View& piece) {
  const auto hold = [&](std::size_t wanted) {
    const std::size_t take = std::min(piece.size(), wanted - held_.size());
    held_.insert(held_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(take));
    piece = piece.subspan(take);
  };
  if (rest_) {
    const View all = piece;
    piece = {};
    return sink_.rest(all);
  }
  if (held_.empty() && piece.size() >= head_bytes) {
    const std::size_t size = block_size(piece);
    if (size != 0 && size <= piece.size()) {
      const View block = piece.first(size);
      piece = piece.subspan(size);
      return sink_.block(block);
    }
  }
  if (held_.size() < head_bytes) hold(head_bytes);
  if (held_.size() < head_bytes) return {};
  const std::size_t size = block_size(held_);
  if (size == 0) {
    GLOVEBOX_CHECK(give_rest(held_));
    held_.clear();
    return {};
  }
  hold(size);
  if (held_.size() < size) return {};
  const Status given = sink_.block(held_);
  held_.clear();
  return given;
}

Status BlockStream::give_rest(View bytes) {
  if (bytes[0] != 0x1f)
    return fail(Reject::trailing_bytes, "bytes after the last gzip member", "another member or the end");
  if (bytes.size() > 1 && bytes[1] != 0x8b)
    return fail(Reject::compression_invalid, "a member that does not begin as gzip does", "intact gzip data",
                "compare the file's checksum with its source, or make it again with bgzip");
  if (bytes.size() == 1)
    return fail(Reject::truncated, "the compressed data ends inside a member", "its end",
                "the file was cut; copy it again");
  rest_ = true;
  return sink_.rest(bytes);
}

Status BlockStream::finish() {
  if (!held_.empty()) GLOVEBOX_CHECK(give_rest(held_));
  held_.clear();
  return {};
}

Status BlockStream::check_end() const {
  if (tail_ == eof_marker) return {};
  return fail(Reject::truncated, "no BGZF end-of-file marker", "the 28 bytes that end every BGZF file",
              "the file was cut, or joined wrongly; check with `bgzip -t` and copy it again");
}

void BlockInflater::Free::operator()(void* decompressor) const {
  libdeflate_free_decompressor(static_cast<libdeflate_decompressor*>(decompressor));
}

BlockInflater::BlockInflater() : decompressor_(libdeflate_alloc_decompressor()) {
  if (!decompressor_) std::abort();  // no memory at the start
}
BlockInflater::~BlockInflater() = default;

std::optional<std::size_t> BlockInflater::text_size(View block) {
  if (block.size() < head_bytes + tail_bytes || block_size(block) != block.size()) return std::nullopt;
  const std::uint32_t size = u32(block, block.size() - 4);
  return size <= block_bytes_max ? std::optional<std::size_t>(size) : std::nullopt;
}

bool BlockInflater::inflate(View block, std::span<std::uint8_t> out) const {
  const std::size_t begin = 12 + u16(block, 10);
  const View data = block.subspan(begin, block.size() - tail_bytes - begin);
  std::size_t used = 0, made = 0;
  const auto result = libdeflate_deflate_decompress_ex(static_cast<libdeflate_decompressor*>(decompressor_.get()),
                                                       data.data(), data.size(), out.data(), out.size(), &used, &made);
  return result == LIBDEFLATE_SUCCESS && used == data.size() && made == out.size() &&
         libdeflate_crc32(0, out.data(), out.size()) == u32(block, block.size() - tail_bytes);
}

}  // namespace glovebox::scan
