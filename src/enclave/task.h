// task.h: what PID 1 and a request's child say to each other over the child's one pipe.
//
//   PID 1 to child:  task (task_size bytes), then the envelope's body to its end, as sealed
//   child to PID 1:  opening: u32be size || parameters || u32be size || signed policy, as they stood in the body
//                    outcome: input digest (32) || u32be size || result document || zeros, outcome_size bytes
//
// PID 1 believes none of it: parameters and policy must have the digests that the signed request and the envelope's
// core name, and the result is parsed like any hostile document.
#pragma once
#include "base/secret.h"
#include "envelope/header.h"
#include "protocol/answer.h"
#include "protocol/release_policy.h"

namespace glovebox::enclave {

constexpr std::size_t task_size = 32 + 32 + 4 + 8 + 8 + 8 + 4 + 4 + envelope::core_size_max;
constexpr std::size_t opening_policy_max = protocol::release_policy_size_max;

struct Task {
  Secret<32> file_key;
  Digest parameters_digest{};
  std::uint32_t model = 0;  // place among the enclave's models
  std::uint64_t inflated_max = 0;
  std::uint64_t memory_max = 0;
  std::uint64_t cpu_seconds = 0;  // of all threads together
  std::uint32_t threads = 1;      // of the child, its first among them
  Bytes core = {};                // encoded

  SecretBytes encode() const;
  static Result<Task> parse(View bytes);
};

// outcome_size is the same for every outcome of one output form.
inline std::size_t outcome_size(protocol::OutputForm form, unsigned rows_class) {
  return 32 + 4 + protocol::answer_plain_size(form, rows_class);
}

struct Outcome {
  Digest input_digest{};
  SecretBytes result;  // a document of the result layer: a score or a refusal

  // encode pads to outcome_size; internal if the result does not fit.
  Result<SecretBytes> encode(protocol::OutputForm form, unsigned rows_class) const;
  static Result<Outcome> parse(View block);
};

}  // namespace glovebox::enclave
