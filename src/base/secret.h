// secret.h: key material. A Secret moves but does not copy, compares in constant time, cannot be printed, and is erased
// when it goes away. `expose` is the only way to the bytes: searching for it finds every use.
#pragma once
#include <utility>

#include "base/bytes.h"

namespace glovebox {

// erase overwrites memory in a way that the compiler may not leave out.
void erase(std::span<std::uint8_t> bytes);

template <std::size_t N>
class Secret {
 public:
  explicit Secret(std::span<const std::uint8_t, N> bytes) { std::ranges::copy(bytes, bytes_.begin()); }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { erase(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      erase(other.bytes_);
    }
    return *this;
  }
  ~Secret() { erase(bytes_); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  // make lets `fill` write the bytes in place, so that they never lie anywhere else.
  template <class Fill>
  static Secret make(Fill&& fill) {
    Secret secret;
    std::forward<Fill>(fill)(std::span<std::uint8_t, N>(secret.bytes_));
    return secret;
  }

  std::span<const std::uint8_t, N> expose() const { return bytes_; }
  Secret copy() const { return Secret(expose()); }  // spelled out, so that a search finds it
  bool operator==(const Secret& other) const { return equal_secret(bytes_, other.bytes_); }

 private:
  Secret() = default;
  std::array<std::uint8_t, N> bytes_{};
};

// SecretBytes is a Secret whose size is known at run time: a plaintext, a serialized private key.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  explicit SecretBytes(View bytes) : bytes_(bytes.begin(), bytes.end()) {}
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      erase(bytes_);
      bytes_ = std::move(other.bytes_);
      other.bytes_.clear();
    }
    return *this;
  }
  ~SecretBytes() { erase(bytes_); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  View expose() const { return bytes_; }
  std::span<std::uint8_t> expose_mutable() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  void shrink(std::size_t size) {  // keeps the first `size` bytes; what is cut is erased, nothing is moved
    erase(std::span(bytes_).subspan(size));
    bytes_.resize(size);
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

// EraseOnExit erases a buffer on every way out of a scope. The buffer must outlive it and must not be reallocated.
class EraseOnExit {
 public:
  explicit EraseOnExit(std::span<std::uint8_t> bytes) : bytes_(bytes) {}
  ~EraseOnExit() { erase(bytes_); }
  EraseOnExit(const EraseOnExit&) = delete;
  EraseOnExit& operator=(const EraseOnExit&) = delete;

 private:
  std::span<std::uint8_t> bytes_;
};

}  // namespace glovebox
