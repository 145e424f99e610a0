// layers: enclave
// glovebox-enclave: the program that is measured. Its arguments are the host's and are not believed: what they name is
// in the registers before the first request.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "common/report.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "enclave/confine.h"
#include "enclave/enclave.h"
#include "enclave/init.h"
#include "enclave/model_call.h"
#include "enclave/proxy.h"

namespace glovebox::enclave {
namespace {

constexpr std::string_view help =
    R"(glovebox-enclave: opens sealed requests, scores them in a process each, and seals the answers.

  --nsm PATH            the security module's device (/dev/nsm)
  --nsm-fd N            or an inherited socket to one (glovebox-devnsm)
  --listen ADDRESS      where calls come in: vsock:5005, unix:PATH
  --proxy ADDRESS       the way to the broker: vsock:3:5006, unix:PATH
  --models DIR          bundles to load, *.glovebox: their digests are measured
  --configuration FILE  CBOR; without it the default, whose digest is measured as well
  --models-from-host    instead: the host sends them at the start (glovebox-host --model)
  --print-configuration writes the configuration's CBOR to standard output and ends
  --set NAME=N          with --print-configuration: another value for a field, as in docs/spec/wire.md
  --version, --help

As /init, the first process of an image, it takes no option: models and configuration stand in the image, or the host
sends the models (docs/spec/image.md).
)";

struct Options {
  std::optional<std::string> nsm;
  std::optional<int> nsm_fd;
  std::string listen = "vsock:5005";
  std::string proxy = "vsock:3:5006";
  std::string models;
  bool models_from_host = false;
  std::string configuration;
  bool print_configuration = false;
  std::vector<std::string> set;
};

struct Field {
  std::string_view name;
  std::uint64_t wire::Configuration::* value;
};
constexpr Field fields[] = {{"upload_max", &wire::Configuration::upload_max},
                            {"inflated_max", &wire::Configuration::inflated_max},
                            {"requests_max", &wire::Configuration::requests_max},
                            {"sessions_max", &wire::Configuration::sessions_max},
                            {"request_seconds", &wire::Configuration::request_seconds},
                            {"child_memory_max", &wire::Configuration::child_memory_max},
                            {"kem", &wire::Configuration::kem},
                            {"child_threads", &wire::Configuration::child_threads}};

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && at == end;
}

Status set_field(wire::Configuration& configuration, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const auto field = std::ranges::find(fields, assignment.substr(0, equals), &Field::name);
  if (equals == std::string_view::npos || field == std::end(fields) ||
      !read_number(assignment.substr(equals + 1), configuration.*field->value))
    return fail(Reject::usage, "--set " + std::string(assignment),
                "a field of the configuration and its number, as in request_seconds=60");
  return wire::check(configuration);
}

Result<Options> parse(std::span<char*> arguments) {
  Options out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--print-configuration") {
      out.print_configuration = true;
      continue;
    }
    if (word == "--models-from-host") {
      out.models_from_host = true;
      continue;
    }
    if (i + 1 >= arguments.size())
      return fail(Reject::usage, std::string(word), "an option and its value", "see --help");
    const std::string value = arguments[++i];
    if (word == "--nsm")
      out.nsm = value;
    else if (word == "--listen")
      out.listen = value;
    else if (word == "--proxy")
      out.proxy = value;
    else if (word == "--models")
      out.models = value;
    else if (word == "--configuration")
      out.configuration = value;
    else if (word == "--set")
      out.set.push_back(value);
    else if (word == "--nsm-fd") {
      int fd = -1;
      if (!read_number(value, fd) || fd < 0) return fail(Reject::usage, "--nsm-fd " + value, "a descriptor's number");
      out.nsm_fd = fd;
    } else {
      return fail(Reject::usage, std::string(word), "an option", "see --help");
    }
  }
  if (!out.set.empty() && !out.print_configuration)
    return fail(Reject::usage, "--set", "--print-configuration beside it",
                "an enclave takes its configuration whole, from --configuration");
  if (out.nsm && out.nsm_fd) return fail(Reject::usage, "--nsm and --nsm-fd", "one of them");
  return out;
}

constexpr auto host_wait = std::chrono::seconds(60);  // for its models, at the start

Result<wire::Configuration> configuration(const Options& options) {
  if (options.configuration.empty()) return wire::Configuration{};
  GLOVEBOX_TRY(bytes, read_file(options.configuration, wire::configuration_max));
  return wire::parse_configuration(bytes);
}

// Parts are what an enclave serves with, wherever it runs.
struct Parts {
  std::unique_ptr<attester::Transport> nsm;
  wire::Configuration settings;
  std::string models;  // a folder; empty: the host's
  wire::Address listen;
  wire::Address proxy;
};

Status serve(Parts parts) {
  ::signal(SIGPIPE, SIG_IGN);
  GLOVEBOX_CHECK(crypto::start());
  const wire::Address proxy = parts.proxy;
  GLOVEBOX_TRY(models, parts.models.empty()
                           ? fetch_models(proxy, parts.settings.child_memory_max / 2, http::Deadline::in(host_wait))
                           : Models::load(parts.models));
  for (const auto& model : models.all())
    std::fprintf(stderr, "glovebox-enclave: model %s %s\n", apps::printable(model.manifest.name).c_str(),
                 to_hex(model.digest).c_str());
  GLOVEBOX_TRY(enclave, Enclave::boot({.nsm = std::move(parts.nsm),
                                       .configuration = parts.settings,
                                       .models = std::move(models),
                                       .broker = [proxy](http::Deadline deadline) {
                                         return connect_name(proxy, wire::proxy_broker, deadline);
                                       }}));
  GLOVEBOX_TRY(listener, Listener::open(parts.listen));
  std::fprintf(stderr, "glovebox-enclave: configuration %s\nglovebox-enclave: serves %s, %ld KiB resident\n",
               to_hex(crypto::sha256(wire::encode(parts.settings))).c_str(), wire::to_text(parts.listen).c_str(),
               resident_kib());
  return enclave->serve(listener);
}

Status run(const Options& options) {
  GLOVEBOX_TRY(settings, configuration(options));
  for (const std::string& assignment : options.set) GLOVEBOX_CHECK(set_field(settings, assignment));
  if (options.print_configuration) {
    const Bytes bytes = wire::encode(settings);
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return {};
  }
  if (options.models.empty() == !options.models_from_host)
    return fail(Reject::usage, options.models_from_host ? "--models and --models-from-host" : "no --models",
                "a folder of bundles, or --models-from-host", "see --help");
  for (const int end : {SIGTERM, SIGINT}) ::signal(end, [](int) { ::_exit(0); });  // PID 1 has no default for them
  no_dumps();
  GLOVEBOX_TRY(listen, wire::parse_address(options.listen));
  GLOVEBOX_TRY(proxy, wire::parse_address(options.proxy));
  GLOVEBOX_TRY(nsm, options.nsm_fd ? attester::adopt_socket(*options.nsm_fd)
                                   : attester::open_device(options.nsm.value_or("/dev/nsm")));
  return serve(
      {.nsm = std::move(nsm), .settings = settings, .models = options.models, .listen = listen, .proxy = proxy});
}

// run_as_init: the same, as all there is on a machine. What it needs stands in the image or comes from the host.
Status run_as_init() {
  GLOVEBOX_CHECK(start_machine());
  Options options;
  std::error_code none;
  if (std::filesystem::exists(image_configuration, none)) options.configuration = image_configuration;
  GLOVEBOX_TRY(settings, configuration(options));
  GLOVEBOX_TRY(nsm, attester::open_device());
  GLOVEBOX_TRY(listen, wire::parse_address(options.listen));
  GLOVEBOX_TRY(proxy, wire::parse_address(options.proxy));
  end_mounts();
  return serve({.nsm = std::move(nsm),
                .settings = settings,
                .models = std::filesystem::exists(image_models, none) ? std::string(image_models) : std::string(),
                .listen = listen,
                .proxy = proxy});
}

}  // namespace
}  // namespace glovebox::enclave

int main(int argc, char** argv) {
  using namespace glovebox;
  const apps::Reporter reporter{.program = "glovebox-enclave"};
  if (argc > 0 && enclave::is_init(argv[0])) {  // the kernel's words that it does not know are not ours
    if (const auto done = enclave::run_as_init(); !done) reporter.error(done.error());
    enclave::power_off();
  }
  const std::span arguments(argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0));
  for (const char* argument : arguments) {
    if (std::string_view(argument) == "--help") return std::fputs(enclave::help.data(), stdout) < 0;
    if (std::string_view(argument) == "--version") return std::puts("glovebox-enclave " GLOVEBOX_VERSION) < 0;
  }
  const auto options = enclave::parse(arguments);
  if (!options) return reporter.error(options.error());
  if (const auto done = enclave::run(*options); !done) ::_exit(reporter.error(done.error()));
  return 0;
}
