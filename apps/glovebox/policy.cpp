// policy: a first policy from reference values, and a strict reading of one.
#include "base/file.h"
#include "bundle/bundle.h"
#include "client/server.h"
#include "common/report.h"
#include "crypto/x509.h"
#include "glovebox/collateral.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "verifier/policy_explain.h"
#include "verifier/policy_new.h"
#include "verifier/policy_toml.h"
#include "verifier/reference_values_file.h"

namespace glovebox::app {
namespace {
// identity_of asks a broker who it is. The answer is a claim: only its owner can confirm it.
Result<crypto::VerifyKey> identity_of(const std::string& url, const std::string& ca) {
  GLOVEBOX_TRY(broker, client::Server::create(url, std::chrono::seconds(30), ca));
  GLOVEBOX_TRY(keys, broker.keys());
  for (const auto& statement : keys.statements) {
    GLOVEBOX_TRY(cose, crypto::parse_cose_sign1_unverified(statement, cbor::Form::strict));
    GLOVEBOX_TRY(claimed, protocol::KeyStatement::parse(cose.payload));
    GLOVEBOX_TRY(opened, protocol::KeyStatement::open(statement, claimed.identity));
    return opened.identity;
  }
  return fail(Reject::broker_unknown, url + " has no wrapping key", "at least one",
              "its owner runs `glovebox-broker key new`");
}

Status write_policy_of_evidence(const PolicyNew& options) {
  GLOVEBOX_TRY(evidence, makers_evidence_in(options.evidence));
  std::optional<attestation::SnpProduct> product;
  if (!options.product.empty()) {
    product = attestation::snp_product_from_name(options.product);
    if (!product) return fail(Reject::usage, "--product " + options.product, "Milan, Genoa or Turin");
  }
  std::optional<crypto::Certificate> root;
  if (!options.test_root.empty()) {
    GLOVEBOX_TRY(file, read_file(options.test_root, crypto::certificate_size_max * 2));
    GLOVEBOX_TRY(parsed, text_of(file).starts_with("-----") ? crypto::Certificate::parse_pem(file)
                                                            : crypto::Certificate::parse(file));
    root = std::move(parsed);
  }
  const auto test_root = root ? std::optional<View>(root->der()) : std::nullopt;
  const auto* const report = std::get_if<attestation::SnpEvidence>(&evidence.hardware);
  GLOVEBOX_TRY(text, report != nullptr
                         ? verifier::policy_from_report(report->report, product, test_root, evidence.registers)
                         : verifier::policy_from_quote(std::get<attestation::Quote>(evidence.hardware), test_root,
                                                       evidence.registers));
  GLOVEBOX_CHECK(write_file(options.output, view_of(text), Visibility::everyone, Existing::refuse));
  note(options.output + " accepts what this evidence says of itself, which nobody has verified" +
       (root ? ", under a TEST ROOT: no hardware protection" : "") + "; read it, every line has its reason beside it");
  return {};
}

Status write_policy(const PolicyNew& options) {
  if (!options.evidence.empty()) return write_policy_of_evidence(options);
  if (options.reference_values.empty())
    return fail(Reject::usage, "nothing to make a policy from", "--from reference values, or --evidence");
  if (options.models.empty()) return fail(Reject::usage, "no model", "--model, once for each that the enclave holds");
  GLOVEBOX_TRY(values_text, read_file(options.reference_values, verifier::reference_values_size_max));
  GLOVEBOX_TRY(values, verifier::parse_reference_values(values_text));
  std::vector<verifier::ModelReference> models;
  for (const auto& path : options.models) {
    GLOVEBOX_TRY(file, read_file(path, bundle::bundle_size_max));
    GLOVEBOX_TRY(bundle, bundle::load(file));
    models.push_back({bundle.manifest.name, bundle.digest});
  }
  std::vector<verifier::BrokerReference> brokers;
  if (!options.broker_identity.empty()) {
    GLOVEBOX_TRY(bytes, from_hex(options.broker_identity));
    GLOVEBOX_TRY(identity, crypto::VerifyKey::parse(bytes));
    brokers.push_back({"broker", identity, {}});
  }
  if (!options.broker_url.empty()) {
    GLOVEBOX_TRY(claimed, identity_of(options.broker_url, options.ca));
    if (brokers.empty()) {
      note("the broker says that it is " + to_hex(claimed.bytes));
      note("that is its own word: compare it with what its owner told you, or give --broker-identity");
      brokers.push_back({"broker", claimed, {}});
    } else if (brokers.front().identity != claimed) {
      return fail(Reject::broker_unknown, "a broker that says it is " + to_hex(claimed.bytes), options.broker_identity);
    }
    brokers.front().url = options.broker_url;
  }
  GLOVEBOX_TRY(text, verifier::policy_new(values, models, brokers));
  GLOVEBOX_CHECK(write_file(options.output, view_of(text), Visibility::everyone, Existing::refuse));
  note(options.output + " accepts version " + values.version + " with " + std::to_string(models.size()) +
       (models.size() == 1 ? " model" : " models") +
       (values.test_root ? ", DEVELOPMENT ENCLAVE: no hardware protection" : "") +
       "; read it, every line has its reason beside it");
  return {};
}

std::string short_hex(View bytes) {
  return to_hex(bytes.first(8)) + "...";
}

Status check_policy(const PolicyCheck& options) {
  GLOVEBOX_TRY(policy, load_policy(options.file));
  const auto& e = policy.evidence;
  if (json_output()) {
    say("{\"code\":\"ok\",\"digest\":\"" + to_hex(e.digest()) +
        "\",\"development\":" + (e.development() ? "true" : "false") + "}");
    return {};
  }
  say("accepts   profile " + std::string(name(e.profile)) + ", evidence at most " +
      std::to_string(e.freshness_seconds) + " s old");
  for (const auto& root : e.roots)
    say("root      " + root.name + "  " + short_hex(root.sha256) +
        (root.test ? "  TEST ROOT: no hardware protection" : ""));
  for (const auto& m : e.measurements) say("version   " + m.version + "  " + verifier::known_by(m));
  const auto say_keys = [&](const auto& keys) {
    for (const auto& key : keys)
      say("key       " + key.name + "  " + short_hex(key.digest()) +
          (key.test ? "  TEST KEY: no hardware protection" : ""));
  };
  const auto say_unchecked = [&](const auto& rules) {
    for (const auto& word : rules.unchecked) say("unchecked " + word);
  };
  for (const auto* arm : {&e.arm_cca, &e.arm_psa}) {
    if (!*arm) continue;
    say_keys((*arm)->keys);
    for (const auto& software : (*arm)->software) say("version   " + software.version);
    for (const auto& realm : (*arm)->realms)
      say("version   " + realm.version + "  initial " + short_hex(realm.initial));
    say_unchecked(**arm);
  }
  const auto say_registers = [&](const auto& tpm) {
    if (!tpm) return;
    say_keys(tpm->keys);
    for (const auto& v : tpm->versions)
      say("version   " + v.version + "  " + std::to_string(v.registers.size()) + " registers");
  };
  for (const auto* tpm : {&e.azure_snp, &e.azure_tdx, &e.tpm}) say_registers(*tpm);
  say_registers(e.nitro_tpm);
  if (e.snp) say_unchecked(*e.snp);
  if (e.tdx) say_unchecked(*e.tdx);
  if (e.sgx) say_unchecked(*e.sgx);
  for (const auto& m : e.models) say("model     " + m.name + "  " + short_hex(m.digest));
  for (const auto& b : e.brokers)
    say("broker    " + b.name + "  " + short_hex(b.identity.bytes) + (b.url ? "  " + *b.url : ""));
  if (policy.release) {
    const auto& r = *policy.release;
    std::string line = "release   for \"" + r.purpose + "\"";
    if (r.not_before) line += ", from " + to_rfc3339(*r.not_before);
    if (r.not_after) line += ", until " + to_rfc3339(*r.not_after);
    line += r.maximum_uses ? ", at most " + std::to_string(*r.maximum_uses) + " uses" : ", any number of uses";
    say(line);
  }
  say("digest    " + to_hex(e.digest()));
  return {};
}
}  // namespace

int run(const PolicyNew& options) {
  if (const auto done = write_policy(options); !done) return report_error("glovebox", done.error(), Sent::unsaid);
  if (json_output()) say("{\"code\":\"ok\"}");
  return 0;
}

int run(const PolicyCheck& options) {
  if (const auto done = check_policy(options); !done) return report_error("glovebox", done.error(), Sent::unsaid);
  return 0;
}

int run(const PolicyExplain& options) {
  const auto policy = load_policy(options.file);
  if (!policy) return report_error("glovebox", policy.error(), Sent::unsaid);
  const std::string text = verifier::explain(*policy);
  if (!json_output()) {
    say(text);
    return 0;
  }
  say("{\"code\":\"ok\",\"digest\":\"" + to_hex(policy->evidence.digest()) + "\",\"text\":" + apps::json_string(text) +
      "}");
  return 0;
}

int run(const PolicyDigest& options) {
  const auto policy = load_policy(options.file);
  if (!policy) return report_error("glovebox", policy.error(), Sent::unsaid);
  const std::string digest = to_hex(policy->evidence.digest());
  say(json_output() ? "{\"code\":\"ok\",\"digest\":\"" + digest + "\"}" : digest);
  return 0;
}
}  // namespace glovebox::app
