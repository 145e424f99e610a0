// All memory that this program gives back is erased first: results, texts and parsed documents pass through strings and
// vectors that no Secret owns, and none of them may lie in free memory after its request.
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "enclave/confine.h"

// The sanitizers have allocators of their own, which this would hide faults from.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GLOVEBOX_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GLOVEBOX_SANITIZED
#endif

#if !defined(GLOVEBOX_SANITIZED)
namespace {

void* get(std::size_t size, std::size_t alignment = 0) {
  if (size == 0) size = 1;
  void* memory = alignment == 0 ? std::malloc(size)
                                : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) std::abort();  // no exception crosses our functions, and there is nobody to tell
  return memory;
}

void give_back(void* memory) {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return get(size);
}
void* operator new[](std::size_t size) {
  return get(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return get(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return get(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete[](void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  give_back(memory);
}
#endif
