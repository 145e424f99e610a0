// template_process.h: the process from which every request's child is forked. It is made before PID 1 has a key or a
// second thread, so no child can find either in its memory: a child holds the models, its own file key, and nothing of
// PID 1 or of another request.
#pragma once
#include <functional>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "enclave/fd.h"

namespace glovebox::enclave {

// Child is PID 1's hold on one request's child: the child ends when this goes away.
struct Child {
  Fd pipe;     // stream socket to the child
  Fd process;  // pidfd
  Child() = default;
  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) = delete;
  ~Child();
  void kill();
};

class TemplateProcess {
 public:
  // ChildMain runs in each child with its end of the pipe, waits there for what PID 1 sends first, and does not return.
  using ChildMain = std::function<void(int pipe)>;

  // start forks the template. This process must have one thread.
  static Result<TemplateProcess> start(ChildMain child_main);
  TemplateProcess(TemplateProcess&&) noexcept = default;
  ~TemplateProcess();

  // spawn asks for a child; safe from many threads. out_of_resources, or internal if the template is gone.
  Result<Child> spawn();
  // control is readable once the template is gone: without it PID 1 must stop.
  int control() const { return control_.get(); }

 private:
  TemplateProcess() : mutex_(std::make_unique<std::mutex>()) {}
  Fd control_;
  Fd process_;
  std::unique_ptr<std::mutex> mutex_;
};

}  // namespace glovebox::enclave
