// model_call.h: models that the host supplies at the start (docs/spec/wire.md, "Models at the start"). Nothing here
// trusts them: each is judged as a file would be, and their digests go into the registers.
#pragma once
#include "enclave/models.h"
#include "http/stream.h"
#include "wire/address.h"

namespace glovebox::enclave {

// read_models reads what the host sends on a stream to the name `models`: u8 number, then for each u64be size ||
// bundle. `total_max` bounds all of them together, in bytes. config_invalid for a number or size beyond the bounds;
// what the stream and bundle::load refuse.
Result<Models> read_models(http::Stream& host, std::uint64_t total_max, http::Deadline deadline);

// fetch_models asks for that stream until the host is there, or the deadline has passed.
Result<Models> fetch_models(const wire::Address& proxy, std::uint64_t total_max, http::Deadline deadline);

}  // namespace glovebox::enclave
