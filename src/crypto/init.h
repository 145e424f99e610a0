// init.h: the first call of every program that uses cryptography.
#pragma once
#include "base/result.h"

namespace glovebox::crypto {

// EntropyCheck says whether the machine's source of random bytes is one to trust: nothing wrong, or
// entropy_unavailable. An enclave demands its hypervisor's generator here; elsewhere the kernel's is enough.
using EntropyCheck = Status (*)();

// start readies OpenSSL without reading any configuration file (a file on disk must not be able to change providers or
// algorithms), runs `check` if there is one, and draws random bytes once, so that a missing source is found now.
// entropy_unavailable, or internal if OpenSSL lacks an algorithm we rely on. May be called more than once.
Status start(EntropyCheck check = nullptr);

}  // namespace glovebox::crypto
