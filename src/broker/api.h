// api.h: the broker over HTTP (docs/spec/request.md, "Key release").
#pragma once
#include "broker/broker.h"
#include "http/server.h"
#include "http/url.h"
#include "protocol/release_call.h"

namespace glovebox::broker {

// answer handles one request. Refusals are documents: 400 for what is malformed, 403 for what is not allowed, 500 for
// what is our fault.
http::ServerResponse answer(Broker& broker, const http::ServerRequest& request, Time now);

}  // namespace glovebox::broker
