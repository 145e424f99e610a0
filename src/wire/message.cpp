#include "wire/message.h"

#include <cstdlib>

namespace glovebox::wire {
namespace {

constexpr std::size_t head_size = 4;

bool name_character(std::uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

Bytes upload_head(View request) {
  if (request.empty() || request.size() > request_max) std::abort();
  const std::size_t n = request.size();
  const Array<head_size> head = {0, 0, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
  return concat({head, request});
}

Result<bool> UploadReader::next(View& in) {
  while (!size_) {
    if (in.empty()) return false;
    head_.push_back(in.front());
    in = in.subspan(1);
    if (head_.size() < head_size) continue;
    const std::size_t size =
        std::size_t{head_[0]} << 24 | std::size_t{head_[1]} << 16 | std::size_t{head_[2]} << 8 | head_[3];
    if (size == 0) return fail(Reject::malformed, "an upload without a request", "u32be size || request || envelope");
    if (size > request_max)
      return fail(Reject::too_large, "a request of " + std::to_string(size) + " bytes",
                  "at most " + std::to_string(request_max));
    size_ = size;
  }
  const View piece = in.first(std::min(in.size(), *size_ - request_.size()));
  request_.insert(request_.end(), piece.begin(), piece.end());
  in = in.subspan(piece.size());
  return whole();
}

Bytes proxy_call(std::string_view name) {
  if (name.empty() || name.size() > proxy_name_max || !std::ranges::all_of(view_of(name), name_character)) std::abort();
  return concat({Array<1>{static_cast<std::uint8_t>(name.size())}, view_of(name)});
}

Result<bool> ProxyReader::next(View& in) {
  if (!size_) {
    if (in.empty()) return false;
    const std::size_t size = in.front();
    if (size == 0 || size > proxy_name_max)
      return fail(Reject::malformed, "a name of " + std::to_string(size) + " bytes",
                  "1 to " + std::to_string(proxy_name_max));
    size_ = size;
    in = in.subspan(1);
  }
  for (; !in.empty() && name_.size() < *size_; in = in.subspan(1)) {
    if (!name_character(in.front())) return fail(Reject::malformed, "a name with other characters", "a-z, 0-9 and -");
    name_ += static_cast<char>(in.front());
  }
  return name_.size() == *size_;
}

}  // namespace glovebox::wire
