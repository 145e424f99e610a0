// random.h: random bytes from OpenSSL's generator, which the kernel seeds. A child process after fork draws other bytes
// than its parent (the generator notices the new process and seeds itself again, with getpid and getrandom).
#pragma once
#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::crypto {

// random fills `out`. It ends the program if there are no random bytes: no caller could go on.
void random(std::span<std::uint8_t> out);

// mix_random adds bytes of another source (an enclave's security module) to the generator's state. They can only make
// it less predictable, whoever chose them. internal if OpenSSL refuses.
Status mix_random(View bytes);

template <std::size_t N>
Array<N> random_array() {
  Array<N> out;
  random(out);
  return out;
}

template <std::size_t N>
Secret<N> random_secret() {
  return Secret<N>::make([](std::span<std::uint8_t, N> out) { random(out); });
}

}  // namespace glovebox::crypto
