// The loop over rows for any machine: eight bytes at a time in a register.
#include <bit>
#include <cstdint>
#include <cstring>

namespace glovebox::scan {
namespace {

// Bytes64 is 64 bytes; each answer has bit i set for byte i.
class Bytes64 {
 public:
  explicit Bytes64(const std::uint8_t* p) { std::memcpy(words_, p, 64); }
  std::uint64_t equal(char c) const {
    return each([&](std::uint64_t w) { return none(w ^ static_cast<std::uint8_t>(c) * ones); });
  }
  std::uint64_t differ(const std::uint8_t* other) const {
    const Bytes64 with(other);
    std::uint64_t out = 0;
    for (unsigned i = 0; i < 8; ++i) out |= gather(none(words_[i] ^ with.words_[i])) << (8 * i);
    return ~out;
  }
  // differ32 compares the first half alone.
  static std::uint64_t differ32(const std::uint8_t* p, const std::uint8_t* other) {
    std::uint64_t out = 0;
    for (unsigned i = 0; i < 4; ++i) {
      std::uint64_t a = 0, b = 0;
      std::memcpy(&a, p + std::size_t{8} * i, 8);
      std::memcpy(&b, other + std::size_t{8} * i, 8);
      out |= gather(none(a ^ b)) << (8 * i);
    }
    return out ^ 0xffffffff;
  }
  std::uint64_t up_to_blank() const {
    return each([](std::uint64_t w) { return below(w, 0x21); });
  }
  std::uint64_t digits() const {
    return each([](std::uint64_t w) { return below(w, '9' + 1) & ~below(w, '0'); });
  }
  // acgtn: A, C, G, T, N and their small letters.
  std::uint64_t acgtn() const {
    return each([](std::uint64_t w) {
      const std::uint64_t large = w & 0xdfdfdfdfdfdfdfdf;
      const auto is = [&](char c) { return none(large ^ static_cast<std::uint8_t>(c) * ones); };
      return is('A') | is('C') | is('G') | is('T') | is('N');
    });
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  static constexpr std::uint64_t ones = 0x0101010101010101;
  static constexpr std::uint64_t tops = 0x8080808080808080;

  // Each has a byte's top bit set where the byte is 0, or below `end`, which is at most 128.
  static std::uint64_t none(std::uint64_t w) { return ~(((w & ~tops) + ~tops) | w) & tops; }
  static std::uint64_t below(std::uint64_t w, std::uint64_t end) {
    return ~(((w & ~tops) + (128 - end) * ones) | w) & tops;
  }
  static std::uint64_t gather(std::uint64_t top_bits) { return (top_bits >> 7) * 0x0102040810204080 >> 56; }
  template <class Test>
  std::uint64_t each(Test test) const {
    std::uint64_t out = 0;
    for (unsigned i = 0; i < 8; ++i) out |= gather(test(words_[i])) << (8 * i);
    return out;
  }
  std::uint64_t words_[8];
};

}  // namespace
}  // namespace glovebox::scan

#define GLOVEBOX_SCAN_ROW_LOOP row_loop_portable
#include "scan/row_loop.h"
