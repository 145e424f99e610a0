// layers: host
// glovebox-host: carries sealed bytes between clients, an enclave and a broker. It links no cryptography.
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "common/report.h"
#include "host/host.h"
#include "wire/limits.h"

namespace {

using namespace glovebox;

// read_listen takes HOST:PORT; port 0 asks for any free one.
Status read_listen(const std::string& text, host::Options& options) {
  const bool any = text.ends_with(":0");
  GLOVEBOX_TRY(url, http::parse_url("http://" + (any ? text.substr(0, text.size() - 2) : text)));
  options.listen_host = url.host;
  options.listen_port = any ? 0 : url.port;
  return {};
}

Status read_addresses(const std::string& listen, const std::string& enclave, const std::string& proxy,
                      const std::string& broker, host::Options& options) {
  GLOVEBOX_CHECK(read_listen(listen, options));
  GLOVEBOX_TRY(to, wire::parse_address(enclave));
  if (to.kind == wire::Address::Kind::vsock && to.cid == wire::vsock_any_cid)
    return fail(Reject::usage, "--enclave " + enclave, "vsock:CID:PORT");
  options.enclave = to;
  if (!proxy.empty()) {
    GLOVEBOX_TRY(from, wire::parse_address(proxy));
    options.proxy = from;
  }
  if (!broker.empty()) {
    GLOVEBOX_TRY(url, http::parse_url(broker));
    options.broker = url;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const apps::Reporter reporter{.program = "glovebox-host"};
  CLI::App app("Carries sealed bytes between clients, an enclave and a broker. It holds no key.", "glovebox-host");
  app.set_version_flag("--version", "glovebox-host " GLOVEBOX_VERSION);
  host::Options options;
  std::string listen = "127.0.0.1:8080";
  std::string enclave;
  std::string proxy;
  std::string broker;
  std::uint64_t wait = 60;
  std::uint64_t idle = 60;
  std::uint64_t timeout = 900;
  std::uint64_t grace = 30;
  app.add_option("--listen", listen, "Address for clients, plain HTTP (put a reverse proxy with TLS before it)")
      ->capture_default_str();
  app.add_option("--enclave", enclave, "Where the enclave is: unix:PATH or vsock:CID:PORT")->required();
  app.add_option("--proxy", proxy, "Where the enclave's way out listens: unix:PATH or vsock:PORT");
  app.add_option("--broker", broker, "What the way out leads to: http://HOST:PORT");
  app.add_option("--model", options.models, "A model's file, for an enclave that asks its host for them; once for each")
      ->type_name("BUNDLE")
      ->allow_extra_args(false);
  app.add_option("--upload-max", options.upload_max, "Bytes of one upload")->capture_default_str();
  app.add_option("--connections-max", options.connections_max, "Connections at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--requests-max", options.requests_max, "Requests that the enclave scores at once (0: it is asked)")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'024));
  app.add_option("--waiting-max", options.waiting_max, "Requests that wait for their turn; one more is told `busy`")
      ->capture_default_str()
      ->check(CLI::Range(0, 100'000));
  app.add_option("--wait", wait, "Seconds that a request waits for its turn")
      ->capture_default_str()
      ->check(CLI::Range(0, 86'400));
  app.add_option("--idle", idle, "Seconds that a client may take for 64 KiB")
      ->capture_default_str()
      ->check(CLI::Range(1, 86'400));
  app.add_option("--timeout", timeout, "Seconds from the end of an upload to the answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 86'400));
  app.add_option("--grace", grace, "Seconds that running calls get after SIGTERM")
      ->capture_default_str()
      ->check(CLI::Range(0, 86'400));
  app.add_option("--record", options.record, "Development: write every byte that passes to this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return static_cast<int>(Exit::wrong_use);
  }
  if (const Status read = read_addresses(listen, enclave, proxy, broker, options); !read)
    return reporter.error(read.error());
  if (options.models.size() > wire::info_models_max)
    return reporter.error({Reject::usage, std::to_string(options.models.size()) + " models", "at most 64"});
  for (const std::string& model : options.models)
    if (!std::ifstream(model).good()) return reporter.error({Reject::file_unreadable, model, "a model's file"});
  options.wait = std::chrono::seconds(wait);
  options.idle = std::chrono::seconds(idle);
  options.timeout = std::chrono::seconds(timeout);

  ::sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &stops, nullptr);  // before any thread: only this one hears them
  auto started = host::Host::start(options);
  if (!started) return reporter.error(started.error());
  if (!options.record.empty())
    std::cerr << "glovebox-host: DEVELOPMENT: every byte that passes is written to " << options.record << "\n";
  std::cerr << "glovebox-host: listening on " << options.listen_host << ":" << (*started)->port() << ", enclave "
            << to_text(options.enclave) << std::endl;
  int signal = 0;
  ::sigwait(&stops, &signal);
  (*started)->stop(std::chrono::seconds(grace));
  return 0;
}
