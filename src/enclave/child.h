// child.h: one request's process: opens the body, reads the data, scores it, says what it found, ends. It is confined
// before it reads the first byte that anybody sent (confine.h).
#pragma once
#include "enclave/models.h"

namespace glovebox::enclave {

// run_child serves the request whose task comes over the pipe, and ends the process.
[[noreturn]] void run_child(int pipe, const Models& models);

}  // namespace glovebox::enclave
