// child_call.h: PID 1's side of one request's child: gives it the task and the sealed body, takes its opening and its
// outcome. A child that died is no error here: what it left unsaid is missing, and the upload goes on being taken.
#pragma once
#include <functional>
#include <optional>

#include "enclave/task.h"
#include "enclave/template_process.h"
#include "http/stream.h"

namespace glovebox::enclave {

class ChildCall {
 public:
  // start writes the task to a fresh child. deadline.
  static Result<ChildCall> start(Child child, const Task& task, http::Deadline deadline);

  // push gives the child more of the body, waiting while it is busy. deadline; bytes for a dead child are dropped.
  Status push(View sealed, http::Deadline deadline);

  struct Said {
    bool opened = false;     // the opening is whole
    SecretBytes parameters;  // as they stood in the body
    SecretBytes policy;      // empty: there was none
    SecretBytes outcome;     // whole, or empty
  };
  // SizeOf gives the outcome's size for these parameters, or nothing if they are not to be believed.
  using SizeOf = std::function<std::optional<std::size_t>(View parameters)>;
  // finish says that the body is at its end, waits for what the child has to say, no longer than the deadline, and ends
  // the child.
  Said finish(const SizeOf& size_of, http::Deadline deadline);

 private:
  explicit ChildCall(Child child) : child_(std::move(child)), opening_(opening_max) {}
  static constexpr std::size_t opening_max = 8 + protocol::parameters_size_max + opening_policy_max;

  // wait waits until the pipe has room (`writing`) or has been read some more; false past the deadline.
  bool wait(bool writing, http::Deadline deadline);
  void take(std::span<std::uint8_t> into, std::size_t& have, std::size_t want);
  std::size_t opening_want();  // bytes of the opening, as far as known; more than there are until it is whole
  bool opening_whole();
  std::size_t size_at(std::size_t offset) const;

  Child child_;
  bool takes_ = true;  // the child may still read
  bool says_ = true;   // the child may still write
  SecretBytes opening_;
  std::size_t opening_have_ = 0;
};

}  // namespace glovebox::enclave
