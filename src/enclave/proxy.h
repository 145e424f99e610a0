// proxy.h: the enclave's way out: a byte stream to a name, through the host (docs/spec/wire.md, "Byte proxy").
#pragma once
#include <memory>

#include "http/stream.h"
#include "wire/address.h"

namespace glovebox::enclave {

// connect_name: unreachable, deadline, protocol_error.
Result<std::unique_ptr<http::Stream>> connect_name(const wire::Address& proxy, std::string_view name,
                                                   http::Deadline deadline);

}  // namespace glovebox::enclave
