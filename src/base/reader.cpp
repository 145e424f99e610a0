#include "base/reader.h"

namespace glovebox {

View Reader::bytes(std::size_t count) {
  if (!ok()) return {};
  if (count > rest_.size()) {
    refuse(Reject::truncated, std::to_string(rest_.size()) + " bytes left", std::to_string(count));
    return {};
  }
  const View out = rest_.first(count);
  rest_ = rest_.subspan(count);
  return out;
}

void Reader::zeros(std::size_t count) {
  if (std::ranges::any_of(bytes(count), [](std::uint8_t b) { return b != 0; }))
    refuse(Reject::malformed, "reserved bytes that are not zero", "zeros");
}

void Reader::refuse(Reject reason, std::string found, std::string expected) {
  if (ok()) status_ = fail(reason, std::move(found), std::move(expected));
}

Status Reader::finish() const {
  if (!ok()) return status_;
  if (!rest_.empty()) return fail(Reject::trailing_bytes, std::to_string(rest_.size()) + " bytes more", "the end");
  return {};
}

std::uint64_t Reader::integer(std::size_t size, bool little) {
  std::uint64_t value = 0;
  const View in = bytes(size);
  for (std::size_t i = 0; i < in.size(); ++i) value = (value << 8) | in[little ? in.size() - 1 - i : i];
  return value;
}

Writer& Writer::bytes(View v) {
  out_.insert(out_.end(), v.begin(), v.end());
  return *this;
}

Writer& Writer::zeros(std::size_t count) {
  out_.resize(out_.size() + count);
  return *this;
}

Writer& Writer::integer(std::uint64_t v, std::size_t size, bool little) {
  for (std::size_t i = 0; i < size; ++i)
    out_.push_back(static_cast<std::uint8_t>(v >> (8 * (little ? i : size - 1 - i))));
  return *this;
}
}  // namespace glovebox
