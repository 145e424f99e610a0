#include "wire/frame.h"

#include <cstdlib>

namespace glovebox::wire {
namespace {

constexpr std::size_t piece_max = 65'536;  // what append_frames puts into one frame

struct Bounds {
  std::size_t min;
  std::size_t max;
};

std::optional<Bounds> bounds_of(std::uint8_t type) {
  switch (static_cast<FrameType>(type)) {
    case FrameType::evidence:
      return Bounds{nonce_size, nonce_size};
    case FrameType::score:
      return Bounds{1, request_max};
    case FrameType::info:
    case FrameType::end:
      return Bounds{0, 0};
    case FrameType::data:
    case FrameType::reply:
      return Bounds{0, payload_max};
    case FrameType::status:
      return Bounds{1, 1};
  }
  return std::nullopt;
}

}  // namespace

Array<frame_head_size> frame_head(FrameType type, std::size_t size) {
  const auto bounds = bounds_of(static_cast<std::uint8_t>(type));
  if (!bounds || size < bounds->min || size > bounds->max) std::abort();
  return {static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
          static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
}

Bytes encode_frame(FrameType type, View payload) {
  return concat({frame_head(type, payload.size()), payload});
}

void append_frames(Bytes& out, FrameType type, View bytes) {
  while (!bytes.empty()) {
    const View piece = bytes.first(std::min(bytes.size(), piece_max));
    const auto head = frame_head(type, piece.size());
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), piece.begin(), piece.end());
    bytes = bytes.subspan(piece.size());
  }
}

Bytes encode_status(Word word) {
  return encode_frame(FrameType::status, Array<1>{static_cast<std::uint8_t>(word)});
}

Status FrameReader::check_head() {
  const auto bounds = bounds_of(head_[0]);
  if (!bounds) return fail(Reject::malformed, "frame type " + std::to_string(head_[0]), "1 to 5, 16 or 17");
  size_ = std::size_t{head_[1]} << 24 | std::size_t{head_[2]} << 16 | std::size_t{head_[3]} << 8 | head_[4];
  if (size_ > bounds->max)
    return fail(Reject::too_large,
                "a frame of type " + std::to_string(head_[0]) + " with " + std::to_string(size_) + " bytes",
                "at most " + std::to_string(bounds->max));
  if (size_ < bounds->min)
    return fail(Reject::malformed,
                "a frame of type " + std::to_string(head_[0]) + " with " + std::to_string(size_) + " bytes",
                "at least " + std::to_string(bounds->min));
  return {};
}

Result<std::optional<Frame>> FrameReader::next(View& in) {
  if (!status_) return same(status_);
  if (given_) {  // the frame given last is no longer borrowed
    given_ = false;
    head_have_ = 0;
    payload_.clear();
  }
  while (head_have_ < frame_head_size) {
    if (in.empty()) return std::nullopt;
    head_[head_have_++] = in.front();
    in = in.subspan(1);
    if (head_have_ < frame_head_size) continue;
    status_ = check_head();
    if (!status_) return same(status_);
  }
  const View piece = in.first(std::min(in.size(), size_ - payload_.size()));
  payload_.insert(payload_.end(), piece.begin(), piece.end());
  in = in.subspan(piece.size());
  if (payload_.size() < size_) return std::nullopt;
  const auto type = static_cast<FrameType>(head_[0]);
  if (type == FrameType::status && !word_from_byte(payload_[0])) {
    status_ = fail(Reject::malformed, "status " + std::to_string(payload_[0]), "0 to 4");
    return same(status_);
  }
  given_ = true;
  return Frame{type, payload_};
}

Status FrameReader::finish() const {
  if (!status_) return status_;
  if (given_ || head_have_ == 0) return {};
  return fail(Reject::truncated, "the connection ended inside a frame", "whole frames");
}

Word word_of(const Frame& status) {
  const auto word =
      status.type == FrameType::status && status.payload.size() == 1 ? word_from_byte(status.payload[0]) : std::nullopt;
  if (!word) std::abort();
  return *word;
}

}  // namespace glovebox::wire
