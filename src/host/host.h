// host.h: the untrusted part: HTTP in front, frames to the enclave behind, a byte proxy for the enclave's way out. It
// holds no key and opens nothing; all it can do to a request is to lose it.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/url.h"
#include "wire/address.h"

namespace glovebox::host {

struct Options {
  std::string listen_host = "127.0.0.1";
  std::uint16_t listen_port = 8080;                   // 0: any free one
  wire::Address enclave = {};                         // where frames go
  std::optional<wire::Address> proxy = {};            // where the enclave's connections come from
  std::optional<http::Url> broker = {};               // what the proxy's name `broker` stands for
  std::vector<std::string> models = {};               // files that the proxy's name `models` sends, at most 64
  std::uint64_t upload_max = std::uint64_t{5} << 30;  // bytes of one upload
  std::size_t connections_max = 512;                  // at once, clients and proxy each
  std::size_t requests_max = 0;                       // that the enclave scores at once; 0: the enclave is asked
  std::size_t waiting_max = 128;                      // requests that wait for their turn
  std::chrono::milliseconds wait{60'000};             // for that turn, at the longest
  std::chrono::milliseconds idle{60'000};             // for every 64 KiB of a client, at the longest
  std::chrono::milliseconds crowded{5'000};           // the same while others wait for the place that it holds
  std::chrono::milliseconds timeout{900'000};         // from the end of an upload to the answer
  std::string record = {};                            // development: a file for every byte that passes
};

// Host serves from start to stop. One thread does all the work: it moves bytes.
class Host {
 public:
  // start: unreachable (cannot listen), usage (a broker that only TLS reaches), file_unwritable (the record).
  static Result<std::unique_ptr<Host>> start(const Options& options);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  std::uint16_t port() const;
  // stop takes no more calls and gives those that run `grace` to end.
  void stop(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit Host(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::host
