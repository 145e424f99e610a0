// layers: broker tls
// glovebox-broker: releases shares of file keys to enclaves that a release policy accepts.
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/file.h"
#include "broker/api.h"
#include "common/report.h"
#include "crypto/init.h"
#include "crypto/x509.h"
#include "tls/tls.h"

namespace {

using namespace glovebox;
constexpr std::size_t certificate_file_max = 65'536;

struct Arguments {
  std::string folder;
  std::string development_root;
  std::int64_t days = 365;
  std::string kem = "X-Wing";
  std::string listen = "127.0.0.1:8090";
  std::string plain_listen;
  std::string tls_cert;
  std::string tls_key;
  std::vector<std::string> collateral;
  std::size_t threads = 8;
  bool json = false;
};

std::string kind_of(bool development) {
  return development ? "DEVELOPMENT BROKER: accepts test roots alone, for good"
                     : "production: accepts the roots of platforms' makers alone";
}

Result<Digest> read_root(const std::string& file) {
  GLOVEBOX_TRY(bytes, read_file(file, certificate_file_max));
  GLOVEBOX_TRY(certificate, text_of(bytes).starts_with("-----") ? crypto::Certificate::parse_pem(bytes)
                                                                : crypto::Certificate::parse(bytes));
  return certificate.digest();
}

Status init(const Arguments& arguments) {
  std::vector<Digest> roots;
  if (!arguments.development_root.empty()) {
    GLOVEBOX_TRY(root, read_root(arguments.development_root));
    roots.push_back(root);
  }
  GLOVEBOX_CHECK(broker::Broker::init(arguments.folder, roots, system_now(), arguments.days));
  GLOVEBOX_TRY(made, broker::Broker::open(arguments.folder));
  if (arguments.json)
    std::cout << "{\"identity\":\"" << to_hex(made->identity().bytes)
              << "\",\"development\":" << (made->development() ? "true" : "false") << "}\n";
  else
    std::cout << "identity " << to_hex(made->identity().bytes) << "\n"
              << kind_of(made->development()) << "\nuse count: " << broker::use_count_note << "\n";
  return {};
}

void print(const protocol::KeyStatement& statement, bool json) {
  if (json)
    std::cout << "{\"version\":" << statement.version << ",\"kem\":\"" << crypto::name(statement.key.kem())
              << "\",\"key_version\":\"" << to_hex(statement.key_version()) << "\",\"not_before\":\""
              << to_rfc3339(statement.not_before) << "\",\"not_after\":\"" << to_rfc3339(statement.not_after)
              << "\",\"development\":" << (statement.development ? "true" : "false") << "}";
  else
    std::cout << statement.version << "  " << crypto::name(statement.key.kem()) << "  "
              << to_hex(statement.key_version()) << "  " << to_rfc3339(statement.not_before) << " to "
              << to_rfc3339(statement.not_after) << (statement.development ? "  development" : "") << "\n";
}

Status key_new(const Arguments& arguments) {
  GLOVEBOX_TRY(kem, crypto::kem_from_name(arguments.kem));
  GLOVEBOX_TRY(statement, broker::Broker::new_key(arguments.folder, kem, system_now(), arguments.days));
  print(statement, arguments.json);
  if (arguments.json) std::cout << "\n";
  std::cerr << "a broker that runs takes it up on SIGHUP\n";
  return {};
}

Status key_list(const Arguments& arguments) {
  GLOVEBOX_TRY(opened, broker::Broker::open(arguments.folder));
  GLOVEBOX_TRY(keys, broker::Keys::load(arguments.folder));
  if (!arguments.json)
    std::cout << "identity " << to_hex(opened->identity().bytes) << "\n" << kind_of(opened->development()) << "\n";
  if (arguments.json) std::cout << "{\"identity\":\"" << to_hex(opened->identity().bytes) << "\",\"keys\":[";
  bool first = true;
  for (const broker::Version& version : keys.versions()) {
    if (arguments.json && !first) std::cout << ",";
    print(version.statement, arguments.json);
    first = false;
  }
  if (arguments.json) std::cout << "]}\n";
  return {};
}

// listen_at reads HOST:PORT; port 0 asks for any free one.
Status listen_at(const std::string& text, http::ServerOptions& options) {
  const bool any = text.ends_with(":0");
  GLOVEBOX_TRY(url, http::parse_url("http://" + (any ? text.substr(0, text.size() - 2) : text)));
  options.host = url.host;
  options.port = any ? 0 : url.port;
  return {};
}

// take_up_collateral reads the files anew; where one is bad, what there was stays.
Status take_up_collateral(broker::Broker& to, const std::vector<std::string>& files) {
  verifier::Collateral all;
  for (const std::string& path : files) {
    GLOVEBOX_TRY(file, read_file(path, verifier::collateral_size_max));
    if (const Status added = all.add(file); !added)
      return fail(added.error().reason, path + ": " + added.error().found, added.error().expected);
  }
  if (!files.empty())
    std::cerr << "glovebox-broker: collateral: " << all.certificates.size() << " certificates, " << all.lists.size()
              << " revocation lists, " << all.documents.size() << " documents" << std::endl;
  to.use_collateral(std::move(all));
  return {};
}

Status serve(const Arguments& arguments) {
  if (arguments.tls_cert.empty() != arguments.tls_key.empty())
    return fail(Reject::usage, "one of --tls-cert and --tls-key", "both, or neither");
  GLOVEBOX_TRY(broker, broker::Broker::open(arguments.folder));
  broker::Broker& served = *broker;
  GLOVEBOX_CHECK(take_up_collateral(served, arguments.collateral));
  ::sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: only this one hears them

  std::vector<std::unique_ptr<http::Server>> servers;
  const auto listen = [&](const std::string& at, bool tls) -> Status {
    http::ServerOptions options;
    GLOVEBOX_CHECK(listen_at(at, options));
    options.threads = arguments.threads;
    options.body_max = protocol::release_call_size_max;
    if (tls) {
      GLOVEBOX_TRY(wrap, tls::server_wrap(arguments.tls_cert, arguments.tls_key));
      options.wrap = std::move(wrap);
    }
    GLOVEBOX_TRY(server, http::Server::start(options, [&served](const http::ServerRequest& request) {
                   return broker::answer(served, request, system_now());
                 }));
    std::cerr << "glovebox-broker: listening on " << (tls ? "https://" : "http://") << options.host << ":"
              << server->port() << std::endl;
    servers.push_back(std::move(server));
    return {};
  };
  std::cerr << "glovebox-broker: " << kind_of(served.development()) << "\nglovebox-broker: identity "
            << to_hex(served.identity().bytes) << "\nglovebox-broker: use count: " << broker::use_count_note << "\n";
  GLOVEBOX_CHECK(listen(arguments.listen, !arguments.tls_cert.empty()));
  if (!arguments.plain_listen.empty()) GLOVEBOX_CHECK(listen(arguments.plain_listen, false));
  for (int signal = 0; ::sigwait(&signals, &signal) == 0 && signal == SIGHUP;) {
    if (const Status reloaded = served.reload(); !reloaded)
      std::cerr << "glovebox-broker: keys not read anew: " << describe(reloaded.error()) << std::endl;
    if (const Status reread = take_up_collateral(served, arguments.collateral); !reread)
      std::cerr << "glovebox-broker: collateral not read anew: " << describe(reread.error()) << std::endl;
  }
  servers.clear();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  // Wrapping keys and shares pass through this process: a crash must not write them to a disk.
  const ::rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a full disk: an error, no end
  Arguments arguments;
  CLI::App app("Releases shares of file keys to enclaves that a release policy accepts.", "glovebox-broker");
  app.set_version_flag("--version", "glovebox-broker " GLOVEBOX_VERSION);
  app.require_subcommand(1);
  app.add_flag("--json", arguments.json, "One JSON object on standard output");
  app.fallthrough();
  const auto with_folder = [&](CLI::App* command) {
    command->add_option("-d,--folder", arguments.folder, "The broker's folder: keys and database")->required();
    command->fallthrough();
    return command;
  };
  CLI::App* const init_command = with_folder(app.add_subcommand("init", "Make a broker"));
  init_command->add_option("--development-root", arguments.development_root,
                           "Accept this test root (PEM or DER) alone: a development broker, for good");
  init_command->add_option("--days", arguments.days, "Days that the first wrapping key is valid")
      ->capture_default_str()
      ->check(CLI::Range(1, 3'650));
  CLI::App* const key = app.add_subcommand("key", "Wrapping keys")->require_subcommand(1);
  key->fallthrough();
  CLI::App* const new_command = with_folder(key->add_subcommand("new", "Make the next version"));
  new_command->add_option("--days", arguments.days, "Days that it is valid")
      ->capture_default_str()
      ->check(CLI::Range(1, 3'650));
  new_command->add_option("--kem", arguments.kem, "X-Wing, or X25519 for hardware that needs it")
      ->capture_default_str();
  CLI::App* const list_command = with_folder(key->add_subcommand("list", "Show versions and their statements"));
  CLI::App* const serve_command = with_folder(app.add_subcommand("serve", "Answer enclaves"));
  serve_command->add_option("--listen", arguments.listen, "Address")->capture_default_str();
  serve_command->add_option("--tls-cert", arguments.tls_cert, "Certificate chain in PEM: serve TLS at --listen");
  serve_command->add_option("--tls-key", arguments.tls_key, "Its private key in PEM");
  serve_command->add_option(
      "--plain-listen", arguments.plain_listen,
      "A second address, plain HTTP, for hosts' byte proxies (what passes there is signed and sealed)");
  serve_command
      ->add_option("--collateral", arguments.collateral,
                   "Certificates, revocation lists and Intel's documents that evidence does not bring, as `glovebox "
                   "attest collateral` makes them; once for each file; read at start and on SIGHUP")
      ->allow_extra_args(false);
  serve_command->add_option("--threads", arguments.threads, "Calls at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return static_cast<int>(Exit::wrong_use);
  }
  const apps::Reporter reporter{.program = "glovebox-broker", .json = arguments.json};
  Status done = crypto::start();
  if (done)
    done = init_command->parsed()    ? init(arguments)
           : new_command->parsed()   ? key_new(arguments)
           : list_command->parsed()  ? key_list(arguments)
           : serve_command->parsed() ? serve(arguments)
                                     : Status(fail(Reject::usage));
  return done ? 0 : reporter.error(done.error());
}
