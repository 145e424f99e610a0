// info: what stands behind a server's address: its enclave's evidence, appraised or why not, and its models.
#include "base/file.h"
#include "client/config.h"
#include "client/session.h"
#include "crypto/random.h"
#include "glovebox/claims_json.h"
#include "glovebox/collateral.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "verifier/explain.h"
#include "wire/configuration.h"

namespace glovebox::app {
namespace {
Status show_unappraised(const client::Server& server) {
  GLOVEBOX_TRY(evidence, server.evidence(crypto::random_array<attestation::nonce_size>()));
  GLOVEBOX_TRY(info, server.info());
  if (json_output()) {
    say(claims_json(evidence, info));
    return {};
  }
  say("version   " + info.version + "  (the host's word)");
  if (const auto configuration = wire::parse_configuration(info.configuration))
    say("uploads   up to " + human(configuration->upload_max) + "  (the host's word)");
  for (const auto& model : info.models)
    say("model     " + model.name + "  " + to_hex(model.digest) + "  (the host's word)");
  say(verifier::describe(evidence));
  say("nothing of this was checked: give --policy");
  return {};
}
}  // namespace

int run(const Info& options) {
  const auto done = [&]() -> Status {
    GLOVEBOX_TRY(config, client::load_config());
    const std::string url = options.server.empty() ? config.server : options.server;
    const std::string policy_path = options.policy.empty() ? config.policy : options.policy;
    if (url.empty()) return fail(Reject::usage, "no server", "--server URL, or `server` in " + client::config_path());
    GLOVEBOX_TRY(server, client::Server::create(url, std::chrono::seconds(30), options.ca));
    if (policy_path.empty()) return show_unappraised(server);
    GLOVEBOX_TRY(policy, load_policy(policy_path));
    GLOVEBOX_TRY(collateral, read_collateral(options.collateral));
    auto enclave = client::appraise_enclave(server, policy.evidence, collateral);
    if (!enclave) {
      if (!json_output() && exit_code(enclave.error().reason) == Exit::evidence_refused)
        say(verifier::explain(enclave.error()));
      return same(enclave);
    }
    say(json_output() ? result_json({.outcome = enclave->result,
                                     .policy = enclave->result.policy,
                                     .issued = system_now(),
                                     .nonce = enclave->evidence.nonce})
                      : verifier::explain(enclave->result));
    return {};
  }();
  if (!done) return report_error("glovebox", done.error(), Sent::nothing);
  return 0;
}
}  // namespace glovebox::app
