// found.h: what a request came to, and the answer that is sealed of it: the last steps of every request, without its
// sockets. Nothing here looks at what a slice's block says: from a child's outcome to the answer's plaintext its bytes
// are copied and hashed.
#pragma once
#include "bundle/bundle.h"
#include "enclave/task.h"
#include "receipt/receipt.h"

namespace glovebox::enclave {

// Found is a result with what a receipt commits to of it.
struct Found {
  Digest input_digest{};
  SecretBytes result;   // a result document, or a slice's block
  SecretBytes output;   // the rows, or the block's first part; of a refusal all of the document
  SecretBytes quality;  // the quality counts, or the block's second part; of a refusal nothing
};

// found_block takes the outcome of a slice that was scored: malformed if it holds no block of this model.
Result<Found> found_block(Outcome outcome, const bundle::Bundle& bundle);

// answer_of signs the receipt, whose facts are given, and puts all of it together.
protocol::Answer answer_of(Found found, receipt::Receipt facts, const crypto::SigningKey& receipt_key, View evidence);

}  // namespace glovebox::enclave
