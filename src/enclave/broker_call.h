// broker_call.h: gets a share from a broker: proves to it, with evidence made for its challenge, which enclave asks and
// for which request (docs/spec/request.md, "Key release").
#pragma once
#include <functional>

#include "attester/attester.h"
#include "http/client.h"
#include "protocol/release.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"
#include "receipt/receipt.h"

namespace glovebox::enclave {

// Connect opens a connection to the broker.
using Connect = std::function<Result<std::unique_ptr<http::Stream>>(http::Deadline)>;

struct BrokerCall {
  attester::Attester& attester;
  const Connect& connect;
  crypto::Kem kem;  // of the key that the share is sealed to
  View signed_request;
  const Digest& request_digest;
  View core;
  const Digest& core_digest;
  View wrapped_key;
  const crypto::VerifyKey& broker;  // whom the envelope's core names
  http::Deadline deadline;
};

struct Released {
  Secret<32> share;
  receipt::ReleaseProof proof;
};

// ask_broker: what the broker refused with; release_unauthentic if challenge or release are not the named broker's, or
// not for this call; wrapped_key_invalid if the wrapped key names another broker; unreachable, deadline, ...
Result<Released> ask_broker(const BrokerCall& call);

}  // namespace glovebox::enclave
