// session.h: one score, from evidence to checked answer: verify, then seal, then send. This is the main path of the
// project; read it top to bottom.
#pragma once
#include "client/data.h"
#include "client/server.h"
#include "crypto/sign.h"
#include "protocol/parameters.h"
#include "receipt/receipt.h"
#include "result/measured.h"
#include "result/result.h"
#include "verifier/appraise.h"
#include "verifier/policy_toml.h"

namespace glovebox::client {

// Enclave is one that has passed the policy, with the evidence that says so.
struct Enclave {
  attestation::Evidence evidence;
  verifier::AttestationResult result;
};

// appraise_enclave asks for evidence under a fresh nonce and appraises it now. After it fails nothing was sent but the
// nonce. Collateral is the caller's own: a server can give none but the certificates inside its evidence.
Result<Enclave> appraise_enclave(const Server& server, const verifier::EvidencePolicy& policy,
                                 const verifier::Collateral& collateral = {});

// Expansion is how the block that answers a slice becomes a report, here.
struct Expansion {
  result::Shape shape;
  std::function<Result<result::Report>(const result::Measured&)> expand;
};

// Asked is what one request asks for.
struct Asked {
  verifier::ModelReference model;
  protocol::Parameters parameters;
  Data* data = nullptr;
  std::uint64_t data_size = 0;  // from client::size_of
  Data* callable = nullptr;     // the callable regions, or null
  std::uint64_t callable_size = 0;
  std::optional<Expansion> expansion = {};  // where the data is a slice
};

// Events tell a person what happens; each may be empty.
struct Events {
  std::function<void(const Enclave&)> appraised;
  std::function<void(std::uint64_t sent, std::uint64_t total)> sending;
  std::function<void()> waiting;
  std::function<void(const Error&, int attempt)> retrying;
  std::function<void()> sealed;  // from here on, sealed bytes have left this machine
};

// Scored is an answer that was checked in full.
struct Scored {
  result::Report report;
  receipt::Receipt receipt;
  Enclave enclave;
  Bytes signed_receipt;
  SecretBytes disclosure;  // the keys that open the receipt's commitments
};

struct Attempts {
  int retries = 2;
  std::chrono::seconds not_after{600};  // the request's life
};

// score runs the whole path. The owner signs request and release policy. A request that was cut off is sent again under
// the same request id, to whatever enclave then passes the policy; it counts once.
// The Error of an answer that refuses (what is wrong with the data, in the enclave's words) is returned as it was
// sealed.
Result<Scored> score(const Server& server, const verifier::PolicyFile& policy, const crypto::SigningKey& owner,
                     const Asked& asked, const Attempts& attempts, const Events& events,
                     const verifier::Collateral& collateral = {});

}  // namespace glovebox::client
