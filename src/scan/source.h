// source.h: a file's bytes at any place, read on demand. Slicing reads a small part of a large file through it.
#pragma once
#include "base/bytes.h"

namespace glovebox::scan {

class Source {
 public:
  virtual ~Source() = default;
  // size is the number of bytes, which does not change while it is read.
  virtual std::uint64_t size() const = 0;
  // read_at fills `out` with the bytes from `offset` on, as far as there are any, and returns how many: fewer than
  // asked for at the end alone. file_unreadable.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

// MemorySource serves bytes that are held elsewhere and outlive it.
class MemorySource final : public Source {
 public:
  explicit MemorySource(View bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const View piece = bytes_.subspan(offset, std::min<std::uint64_t>(out.size(), bytes_.size() - offset));
    std::ranges::copy(piece, out.begin());
    return piece.size();
  }

 private:
  View bytes_;
};

}  // namespace glovebox::scan
