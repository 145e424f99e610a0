// answer_check.h: whether an answer belongs to this request and this enclave. The client shows nothing before all of it
// holds (docs/spec/request.md, "Answer").
#pragma once
#include "client/session.h"
#include "crypto/kem.h"

namespace glovebox::client {

// AnswerContext is what the client knows of its own request.
struct AnswerContext {
  const crypto::KemPrivate& result_key;
  Digest request_digest{};
  const protocol::Parameters& parameters;
  Digest parameters_digest{};
  const verifier::ModelReference& model;
  Digest policy_digest{};
  std::optional<crypto::VerifyKey> broker;  // where a release was needed
  Digest input_digest{};
  const Expansion* expansion = nullptr;  // where the request's data was a slice
};

// check_answer opens the answer and holds everything in it against the request and the enclave that was appraised:
// answer_unauthentic, receipt_invalid; or the refusal that the enclave sealed. Of a slice the block is held against the
// receipt, and then expanded.
Result<Scored> check_answer(View sealed, const AnswerContext& context, Enclave enclave);

}  // namespace glovebox::client
