// reader.h: reads untrusted bytes field by field. The first failure sticks: later reads return zeros and `finish`
// reports it, so that a parser reads as the list of its fields. Writer is its mirror.
#pragma once
#include "base/bytes.h"

namespace glovebox {

class Reader {
 public:
  explicit Reader(View bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1, false)); }
  std::uint16_t u16be() { return static_cast<std::uint16_t>(integer(2, false)); }
  std::uint32_t u32be() { return static_cast<std::uint32_t>(integer(4, false)); }
  std::uint64_t u64be() { return integer(8, false); }
  std::uint16_t u16le() { return static_cast<std::uint16_t>(integer(2, true)); }
  std::uint32_t u32le() { return static_cast<std::uint32_t>(integer(4, true)); }
  std::uint64_t u64le() { return integer(8, true); }
  // bytes borrows the next `count` bytes; an empty view after a failure.
  View bytes(std::size_t count);
  template <std::size_t N>
  Array<N> array() {
    Array<N> out{};
    std::ranges::copy(bytes(N), out.begin());
    return out;
  }
  void skip(std::size_t count) { bytes(count); }
  // zeros requires the next `count` bytes to be zero: reserved bytes are checked, not skipped.
  void zeros(std::size_t count);
  // rest borrows all that is left.
  View rest() { return bytes(rest_.size()); }

  std::size_t left() const { return rest_.size(); }
  bool ok() const { return status_.has_value(); }
  // refuse records a failure found by the caller, unless there was one before.
  void refuse(Reject reason, std::string found = {}, std::string expected = {});
  // status is the first failure; finish also requires that nothing is left (trailing_bytes).
  Status status() const { return status_; }
  Status finish() const;

 private:
  std::uint64_t integer(std::size_t size, bool little);
  View rest_;
  Status status_;
};

class Writer {
 public:
  Writer& u8(std::uint8_t v) { return integer(v, 1, false); }
  Writer& u16be(std::uint16_t v) { return integer(v, 2, false); }
  Writer& u32be(std::uint32_t v) { return integer(v, 4, false); }
  Writer& u64be(std::uint64_t v) { return integer(v, 8, false); }
  Writer& u32le(std::uint32_t v) { return integer(v, 4, true); }
  Writer& u64le(std::uint64_t v) { return integer(v, 8, true); }
  Writer& bytes(View v);
  Writer& zeros(std::size_t count);
  View view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  Writer& integer(std::uint64_t v, std::size_t size, bool little);
  Bytes out_;
};

}  // namespace glovebox
