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
    rest_ = true;
    const Status given = sink_.rest(held_);
    held_.clear();
    return given;
  }
  hold(*size);
  if (held_.size() < *size) return {};
  const Status given = sink_.block(held_);
  held_.clear();
  return given;
}

Status BlockStream::finish() {
  if (held_.empty()) return {};
  const Status given = sink_.rest(held_);
  held_.clear();
  return given;
}

}  // namespace glovebox::scan
