// enclave.h: the program that is measured: PID 1 of the image. It holds the way to the hardware, the keys that wait for
// requests and the answers' signatures; it reads nobody's data, which its children do (template_process.h).
#pragma once
#include <atomic>

#include "enclave/listener.h"
#include "enclave/score_call.h"
#include "wire/info.h"

namespace glovebox::enclave {

// Setup is what the host supplied, and how to reach the world.
struct Setup {
  std::unique_ptr<attester::Transport> nsm;
  wire::Configuration configuration;
  Models models;
  Connect broker;
};

class Enclave {
 public:
  // boot writes models and configuration into the registers and locks them, makes the template process, and mixes the
  // module's entropy into a generator that its children do not share; in this order, from a process with one thread.
  // entropy_unavailable, platform_failed, config_invalid, out_of_resources.
  static Result<std::unique_ptr<Enclave>> boot(Setup setup);

  // serve takes connections until stop(), and waits for those that run. internal when the template process has ended:
  // then no request can be scored, and this process must end at once.
  Status serve(const Listener& listener);
  void stop() { stopping_ = true; }
  // handle serves one connection to its end. Safe from many threads.
  void handle(Fd connection);

  const wire::Configuration& configuration() const { return configuration_; }
  std::size_t sessions() const { return sessions_.size(); }

 private:
  Enclave(std::unique_ptr<attester::NsmAttester> attester, TemplateProcess children, Setup setup);
  void call(Connection& connection);
  Result<Reply> score(Connection& connection, View signed_request);
  Bytes info() const;

  std::unique_ptr<attester::NsmAttester> attester_;
  TemplateProcess children_;
  Models models_;
  wire::Configuration configuration_;
  SessionTable sessions_;
  Shared shared_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::size_t> scoring_ = 0;
};

}  // namespace glovebox::enclave
