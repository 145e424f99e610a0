#include "scan/block_stream.h"

namespace glovebox::scan {
using genome::bgzf_block_size;
using genome::bgzf_head_bytes;

Status BlockStream::feed(View piece) {
  bytes_ += piece.size();
  end_.add(piece);
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
  if (held_.empty() && piece.size() >= bgzf_head_bytes) {
    const auto size = bgzf_block_size(piece);
    if (size && *size <= piece.size()) {
      const View block = piece.first(*size);
      piece = piece.subspan(*size);
      return sink_.block(block);
    }
  }
  if (held_.size() < bgzf_head_bytes) hold(bgzf_head_bytes);
  if (held_.size() < bgzf_head_bytes) return {};
  const auto size = bgzf_block_size(held_);
  if (!size) {
    GLOVEBOX_CHECK(give_rest(held_));
    held_.clear();
    return {};
  }
  hold(*size);
  if (held_.size() < *size) return {};
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

}  // namespace glovebox::scan
