// layers: devnsm
// glovebox-devnsm: starts a program as a development enclave and plays its hypervisor. No hardware protects anything
// here.
#include <CLI/CLI.hpp>
#include <iostream>

#include "attestation/reference_values.h"
#include "base/cbor.h"
#include "base/file.h"
#include "common/report.h"
#include "crypto/hash.h"
#include "crypto/init.h"
#include "devnsm/launcher.h"

namespace {
using namespace glovebox;
constexpr std::size_t configuration_size_max = 4096;

// configuration_digest is H of the file that the host will hand to the enclave (docs/spec/wire.md, "Configuration").
Result<Digest> configuration_digest(const std::string& path) {
  GLOVEBOX_TRY(bytes, read_file(path, configuration_size_max));
  cbor::Reader whole(bytes);
  whole.item();
  cbor::Reader in(bytes);
  auto fields = in.array(32);
  if (!whole.finish() || !in.more(fields) || in.tstr(64) != "glovebox configuration v1")
    return fail(Reject::config_invalid, path, "the CBOR of an enclave's configuration");
  return crypto::sha256(bytes);
}

Status write_reference_values(const devnsm::TestRoot& root, const std::string& program,
                              const std::string& configuration, const std::string& version, const std::string& output) {
  GLOVEBOX_TRY(pcrs, devnsm::measure_program(program));
  GLOVEBOX_TRY(digest, configuration_digest(configuration));
  const attestation::ReferenceValues values{.version = version,
                                            .configuration = digest,
                                            .pcrs = {pcrs.at(0), pcrs.at(1), pcrs.at(2)},
                                            .root_name = root.name(),
                                            .root_sha256 = root.certificate().digest(),
                                            .test_root = to_bytes(root.certificate().der())};
  const std::string text = values.to_toml();
  if (output == "-") {
    std::cout << text;
    return {};
  }
  return write_file(output, view_of(text));
}

struct Options {
  std::string state;
  std::string configuration;
  std::string version = GLOVEBOX_VERSION "-development";
  std::string reference_values;
  std::vector<std::string> program;
};

Result<int> run(const Options& options) {
  GLOVEBOX_CHECK(crypto::start());
  GLOVEBOX_TRY(root, devnsm::TestRoot::open(options.state, system_now()));
  if (!options.reference_values.empty()) {
    if (options.configuration.empty())
      return fail(Reject::usage, "--reference-values alone", "--configuration beside it");
    GLOVEBOX_CHECK(write_reference_values(root, options.program.front(), options.configuration, options.version,
                                          options.reference_values));
  }
  return devnsm::run(root, options.program.front(), {options.program.begin() + 1, options.program.end()});
}

Result<int> reference_values(const Options& options) {
  GLOVEBOX_CHECK(crypto::start());
  GLOVEBOX_TRY(root, devnsm::TestRoot::open(options.state, system_now()));
  GLOVEBOX_CHECK(write_reference_values(root, options.program.front(), options.configuration, options.version,
                                        options.reference_values));
  return 0;
}
}  // namespace

int main(int argc, char** argv) {
  const apps::Reporter reporter{.program = "glovebox-devnsm"};
  CLI::App app("Starts a program as a development enclave and plays its hypervisor. NO HARDWARE PROTECTION.",
               "glovebox-devnsm");
  app.set_version_flag("--version", "glovebox-devnsm " GLOVEBOX_VERSION);
  app.require_subcommand(1);
  Options options;
  const auto common = [&](CLI::App* command) {
    command->add_option("--state", options.state, "Folder of this machine's test root; made when it is not there")
        ->required();
    command->add_option("--version", options.version, "What results call this version")->capture_default_str();
  };
  CLI::App* start =
      app.add_subcommand("run", "Measure PROGRAM, start it confined, answer its NSM requests on descriptor 3");
  common(start);
  start->add_option("--reference-values", options.reference_values, "Also write the reference values to this file");
  start->add_option("--configuration", options.configuration,
                    "The enclave's configuration (CBOR), for the reference values");
  start->add_option("program", options.program, "-- PROGRAM ARGUMENTS, e.g. -- glovebox-enclave --nsm-fd 3")
      ->required()
      ->expected(1, -1);
  CLI::App* values =
      app.add_subcommand("reference-values", "Write what evidence of PROGRAM will carry, for `glovebox policy new`");
  common(values);
  values->add_option("--configuration", options.configuration, "The enclave's configuration (CBOR)")->required();
  values->add_option("-o,--output", options.reference_values, "File to write; - is standard output")->required();
  values->add_option("program", options.program, "PROGRAM")->required()->expected(1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return static_cast<int>(Exit::wrong_use);
  }
  const Result<int> done = *start ? run(options) : reference_values(options);
  return done ? *done : reporter.error(done.error());
}
