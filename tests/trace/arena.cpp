#include "arena.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace glovebox::trace {
namespace {
constexpr std::uintptr_t arena_at = 0x300000000;
constexpr std::size_t arena_size = std::size_t{64} << 20;
constexpr std::size_t unit = 64;  // what vectors of any kind are aligned to

// Head stands before each piece.
struct alignas(unit) Head {
  std::size_t size;
  bool is_free;
};

std::uintptr_t used = 0;
bool on = false;

void* take(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  if (!on) return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  const std::size_t whole = sizeof(Head) + (size + unit - 1) / unit * unit;
  if (whole > arena_size - used) std::abort();
  auto* head = reinterpret_cast<Head*>(arena_at + used);
  used += whole;
  *head = {.size = size, .is_free = false};
  return head + 1;
}

void give(void* piece) {
  const auto at = reinterpret_cast<std::uintptr_t>(piece);
  if (at < arena_at || at >= arena_at + arena_size) return std::free(piece);
  (static_cast<Head*>(piece) - 1)->is_free = true;
}

void* take_more(void* piece, std::size_t size) {
  const auto at = reinterpret_cast<std::uintptr_t>(piece);
  if (piece != nullptr && (at < arena_at || at >= arena_at + arena_size)) return std::realloc(piece, size);
  void* out = take(size);
  if (piece == nullptr) return out;
  const std::size_t before = (static_cast<Head*>(piece) - 1)->size;
  std::memcpy(out, piece, before < size ? before : size);
  give(piece);
  return out;
}
}  // namespace

void arena_prepare() {
  void* const wanted = reinterpret_cast<void*>(arena_at);
  if (mmap(wanted, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
      wanted)
    std::abort();
  const int set =
      CRYPTO_set_mem_functions([](std::size_t size, const char*, int) { return take(size); },
                               [](void* p, std::size_t size, const char*, int) { return take_more(p, size); },
                               [](void* p, const char*, int) { give(p); });
  if (set != 1) std::abort();
}

void arena_begin() {
  used = 0;
  on = true;
}

void arena_end() {
  on = false;
}
}  // namespace glovebox::trace

void* operator new(std::size_t size) {
  void* out = glovebox::trace::take(size);
  if (out == nullptr) std::abort();
  return out;
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  if (static_cast<std::size_t>(alignment) > glovebox::trace::unit) std::abort();
  void* out = glovebox::trace::take(size, static_cast<std::size_t>(alignment));
  if (out == nullptr) std::abort();
  return out;
}
void operator delete(void* p, std::align_val_t) noexcept {
  glovebox::trace::give(p);
}
void operator delete(void* p) noexcept {
  glovebox::trace::give(p);
}
void operator delete(void* p, std::size_t) noexcept {
  glovebox::trace::give(p);
}
