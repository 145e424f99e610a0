// confine.h: what a request's child may still do once it begins to read a person's data: read and write the descriptor
// that it has, ask for memory, end; and, where it has several threads, wait for one another. The kernel kills it for
// anything else.
#pragma once
#include <cstdint>

#include "base/result.h"

namespace glovebox::enclave {

struct Confinement {
  int keep_fd = -1;               // the only descriptor that stays open
  std::uint64_t memory_max = 0;   // bytes of address space, models included
  std::uint64_t cpu_seconds = 0;  // processor time of all threads; beyond it the kernel kills the process
  bool threads = false;           // there are others than the caller's, all started by now
};

// Builds under a sanitizer, which reserve terabytes of address space and make calls of their own, run with the
// descriptors closed, but without the memory limit and with refused calls failing instead of killing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

// close_all_but closes every descriptor except one, standard input, output and error included.
void close_all_but(int keep_fd);
// no_dumps turns core dumps and reading by other processes of this user off.
void no_dumps();
// die_with ends this process when its parent ends; `parent` is the parent's process id as seen before the fork.
void die_with(int parent);
// confine applies all of it to this process, to every thread that it has. No other can be started from then on.
// internal if the kernel refuses.
Status confine(const Confinement& confinement);

}  // namespace glovebox::enclave
