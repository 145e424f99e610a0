// configuration.h: what the host tells an enclave at its start and everyone can check: its digest is in PCR17 and in
// the policy (docs/spec/wire.md, "Configuration").
#pragma once
#include "base/bytes.h"
#include "wire/limits.h"

namespace glovebox::wire {

constexpr std::uint64_t default_child_threads_max = 8;
constexpr std::uint64_t threads_share = 4;  // of a child's memory, one part is for its threads

struct Configuration {
  std::uint64_t upload_max = std::uint64_t{5}
                             << 30;  // bytes of one upload: a sealed body of 4 GiB and its chunks' tags
  std::uint64_t inflated_max = std::uint64_t{64} << 30;     // bytes a compressed input may inflate to
  std::uint64_t requests_max = 4;                           // scored at once
  std::uint64_t sessions_max = 256;                         // keys that wait for their request
  std::uint64_t request_seconds = 900;                      // from the first byte of a request to its answer
  std::uint64_t child_memory_max = std::uint64_t{1} << 30;  // bytes of one request's child
  std::uint64_t kem = 0x647a;                               // of the evidence's hpke key: X-Wing
  // Of one request's child; 0: the enclave's cores, at most default_child_threads_max and at most as many as fit.
  std::uint64_t child_threads = 0;

  bool operator==(const Configuration&) const = default;
};

// encode writes the deterministic form, over which the configuration's digest is. The values must be ones parse takes.
Bytes encode(const Configuration& configuration);
// parse_configuration: truncated, malformed, not_deterministic, trailing_bytes, or config_invalid for a value that no
// enclave could work with.
Result<Configuration> parse_configuration(View bytes);
// threads_memory is how many bytes a child needs for so many threads: their stacks, and the ring of runs that they work
// on (scan::crew_bytes is held to it). One thread needs none of it.
constexpr std::uint64_t threads_memory(std::uint64_t threads) {
  constexpr std::uint64_t run = 5 << 19, spare_runs = 2, stack = (1 << 20) + (1 << 16);
  return threads < 2 ? 0 : (threads + spare_runs) * run + (threads - 1) * stack;
}
// threads_that_fit is the largest number whose memory is within threads_share of a child's; 1 at least.
std::uint64_t threads_that_fit(std::uint64_t child_memory_max);
// check says whether the values are ones an enclave can work with, each alone and child_threads beside
// child_memory_max; config_invalid.
Status check(const Configuration& configuration);

}  // namespace glovebox::wire
