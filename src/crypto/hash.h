// hash.h: SHA-2 and SHA-3 (FIPS 180-4, FIPS 202). The forms that take a list hash its parts one after another, without
// lengths between them: where parts have varying sizes, the caller writes a deterministic encoding instead.
#pragma once
#include <memory>

#include "base/bytes.h"

namespace glovebox::crypto {

Digest sha256(View data);
Digest sha256(std::initializer_list<View> parts);
Array<48> sha384(View data);
Array<48> sha384(std::initializer_list<View> parts);
Array<64> sha512(View data);
Array<64> sha512(std::initializer_list<View> parts);
Array<32> sha3_256(View data);
Array<32> sha3_256(std::initializer_list<View> parts);
// shake256 fills `out` with SHAKE256 output of the parts.
void shake256(std::initializer_list<View> parts, std::span<std::uint8_t> out);

namespace detail {
// Hashing is a running hash of one kind; Sha256 and Sha384 give it its size.
class Hashing {
 public:
  explicit Hashing(const char* algorithm);
  ~Hashing();
  Hashing(Hashing&&) noexcept;
  Hashing& operator=(Hashing&&) noexcept;
  void update(View data);
  void finish(std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};
}  // namespace detail

// Sha256 hashes a stream; after finish it starts anew.
class Sha256 {
 public:
  Sha256() : hashing_("SHA2-256") {}
  Sha256& update(View data) {
    hashing_.update(data);
    return *this;
  }
  Digest finish() {
    Digest out;
    hashing_.finish(out);
    return out;
  }

 private:
  detail::Hashing hashing_;
};

// Sha384 is the same with 48 bytes (Nitro's measurements).
class Sha384 {
 public:
  Sha384() : hashing_("SHA2-384") {}
  Sha384& update(View data) {
    hashing_.update(data);
    return *this;
  }
  Array<48> finish() {
    Array<48> out;
    hashing_.finish(out);
    return out;
  }

 private:
  detail::Hashing hashing_;
};

}  // namespace glovebox::crypto
