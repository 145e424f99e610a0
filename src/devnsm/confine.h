// confine.h: how a development enclave is kept apart from its machine: far less than a hypervisor does, but enough that
// a program which only works with the network, with files of the host's or with core dumps fails here too.
#pragma once
#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace glovebox::devnsm {

// Filter is a seccomp deny-list: system calls that reach into other processes, the kernel or the machine's set-up.
class Filter {
 public:
  static Result<Filter> create();  // out_of_resources
  ~Filter();
  Filter(Filter&& other) noexcept;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  Filter& operator=(Filter&&) = delete;
  bool load() const;  // in the child

 private:
  explicit Filter(void* context) : context_(context) {}
  void* context_;
};

// Forked is a child in namespaces of its own, as far as this machine allows.
struct Forked {
  ::pid_t pid = -1;       // 0 in the child
  bool separate = false;  // own network, mount and PID namespaces
  std::string why = {};   // why not
};
// fork_apart forks. The child waits until the parent has mapped its user; it must call no library but for system calls.
Result<Forked> fork_apart();

// settle finishes a child's confinement before it executes the program: dies with its parent, own session, private
// mounts, no core dumps, no new privileges, the filter. Names the step that failed, or returns nothing.
const char* settle(const Forked& self, const Filter& filter);

}  // namespace glovebox::devnsm
