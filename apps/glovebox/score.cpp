// score: the main job, as a person sees it.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "client/config.h"
#include "client/session.h"
#include "crypto/key_file.h"
#include "glovebox/collateral.h"
#include "glovebox/kept_receipt.h"
#include "glovebox/local.h"
#include "glovebox/output.h"
#include "glovebox/quality_json.h"
#include "report/html.h"
#include "scoring/match_log.h"

namespace glovebox::app {
namespace {

struct Setup {
  client::Server server;
  verifier::PolicyFile policy;
  verifier::Collateral collateral;
  verifier::ModelReference model;
  crypto::SigningKey owner;
  std::optional<bundle::Bundle> bundle;
};

Result<verifier::ModelReference> choose_model(const verifier::EvidencePolicy& policy, const std::string& name) {
  if (name.empty() && policy.models.size() == 1) return policy.models.front();
  std::string names;
  for (const auto& model : policy.models) names += (names.empty() ? "" : ", ") + model.name;
  if (name.empty())
    return fail(Reject::usage, "a policy with " + std::to_string(policy.models.size()) + " models",
                "--model, one of: " + names);
  if (const auto* model = policy.model(name)) return *model;
  return fail(Reject::usage, "--model " + name, "one of the policy's: " + names, "a model's file goes to --bundle");
}

// find_bundle loads the model's file that was named, or that lies beside the policy; only the policy's own will do.
Result<std::optional<bundle::Bundle>> find_bundle(const Score& options, const std::string& policy_path,
                                                  const verifier::ModelReference& model) {
  std::string path = options.bundle;
  if (path.empty()) {
    path = (std::filesystem::path(policy_path).parent_path() / (model.name + ".glovebox")).string();
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::optional<bundle::Bundle>{};
  }
  GLOVEBOX_TRY(bundle, load_bundle(path));
  if (bundle.digest != model.digest)
    return fail(Reject::bundle_digest_mismatch, path + " is " + to_hex(bundle.digest),
                to_hex(model.digest) + ", the policy's " + model.name);
  return std::optional<bundle::Bundle>(std::move(bundle));
}

Result<Setup> set_up(const Score& options) {
  GLOVEBOX_TRY(config, client::load_config());
  const std::string url = options.server.empty() ? config.server : options.server;
  const std::string policy_path = options.policy.empty() ? config.policy : options.policy;
  const std::string key_path = options.key.empty() ? config.key : options.key;
  if (url.empty()) return fail(Reject::usage, "no server", "--server URL, or `server` in " + client::config_path());
  if (policy_path.empty())
    return fail(Reject::usage, "no policy", "--policy FILE, or `policy` in " + client::config_path(),
                "glovebox policy new writes a first one");
  GLOVEBOX_TRY(server, client::Server::create(url, std::chrono::seconds(options.timeout_seconds), options.ca));
  GLOVEBOX_TRY(policy, load_policy(policy_path));
  if (!policy.release)
    return fail(Reject::policy_empty, policy_path + " has no [release]", "the rules under which a key may be released");
  GLOVEBOX_TRY(collateral, read_collateral(options.collateral));
  GLOVEBOX_TRY(model, choose_model(policy.evidence, options.model));
  GLOVEBOX_TRY(bundle, find_bundle(options, policy_path, model));
  auto owner = crypto::SigningKey::generate();
  if (!key_path.empty()) {
    GLOVEBOX_TRY(key_file, read_secret_file(key_path, crypto::key_file_max));
    GLOVEBOX_TRY(identity, crypto::SecretIdentity::parse_file(key_file.expose()));
    owner = crypto::SigningKey(identity.signer().seed());
  }
  return Setup{.server = std::move(server),
               .policy = std::move(policy),
               .collateral = std::move(collateral),
               .model = std::move(model),
               .owner = std::move(owner),
               .bundle = std::move(bundle)};
}

std::string short_hex(View bytes) {
  return to_hex(bytes.first(8)) + "...";
}

report::Proof proof_of(const client::Scored& scored, const verifier::PolicyFile& policy) {
  const auto& enclave = scored.enclave.result;
  report::Proof proof{.development = enclave.development, .lines = {}, .unchecked = enclave.unchecked};
  proof.lines.emplace_back("enclave", "version " + enclave.version + " on " + enclave.platform + ", " +
                                          enclave.measurements.at(0).name + " " +
                                          short_hex(enclave.measurements.at(0).value) + ", under " + enclave.root_name);
  proof.lines.emplace_back(
      "model", scored.report.model + " " + scored.report.version + ", " + short_hex(scored.report.model_digest));
  proof.lines.emplace_back("policy", short_hex(policy.evidence.digest()));
  if (scored.receipt.release) {
    proof.lines.emplace_back("released by", "broker " + short_hex(scored.receipt.release->broker.bytes) + ", use " +
                                                std::to_string(scored.receipt.release->use));
    proof.lines.emplace_back("use count", scored.receipt.use_count);
  }
  proof.lines.emplace_back(
      "receipt", "verified, of " + to_rfc3339(scored.receipt.time) + " by the clock of " + scored.receipt.time_source);
  return proof;
}

// `read` is how the file was read for a slice.
nlohmann::ordered_json to_json(const report::Entry& entry, bool as_slice, const std::string& read) {
  using nlohmann::ordered_json;
  ordered_json rows = ordered_json::array();
  for (const auto& row : entry.report.rows) {
    ordered_json out = {{"id", row.id}, {"predictions", row.predictions}, {"margins", row.margins}};
    if (row.sums) {
      out["sum"] = row.sums->sum;  // a text: exact, which a number of JSON's readers is not
      out["denominator"] = row.sums->denominator;
      out["average"] = row.sums->average;
      out["dosage_sum"] = row.sums->dosage_sum;
    }
    if (row.percentile) out["percentile"] = *row.percentile;
    if (row.z) out["z"] = *row.z;
    if (row.z_norm1) out["z_norm1"] = *row.z_norm1;
    if (row.z_norm2) out["z_norm2"] = *row.z_norm2;
    if (row.category) out["category"] = entry.report.categories[*row.category].name;
    if (row.quality) out["quality"] = quality_json(entry.report.quality, *row.quality);
    rows.push_back(std::move(out));
  }
  ordered_json proof = ordered_json::object();
  for (const auto& [label, words] : entry.proof.lines) proof[label] = words;
  ordered_json said = {{"model", entry.report.model},
                       {"model_version", entry.report.version},
                       {"model_digest", to_hex(entry.report.model_digest)},
                       {"input", as_slice ? "slice" : "whole"},
                       {"read", as_slice ? read : "whole-file"},
                       {"rows", std::move(rows)},
                       {"quality", quality_json(entry.report.quality)},
                       {"reading", reading_json(entry.report.quality)},
                       {"warnings", entry.report.warnings},
                       {"leakage", entry.report.leakage},
                       {"development", entry.proof.development},
                       {"proof", std::move(proof)},
                       {"unchecked", entry.proof.unchecked},
                       {"statements", entry.report.statements}};
  if (entry.report.no_category) said["no_category"] = *entry.report.no_category;
  return said;
}

// Prepared is one item as it will be sent: a slice, or the data as it is.
struct Prepared {
  client::Asked asked;
  std::optional<scoring::Sliced> sliced = {};
  std::unique_ptr<client::Data> slice = {};
};

Result<bool> sends_slice(const Setup& setup, const Score& options, const client::Item& item) {
  const bool table = item.parameters.input == protocol::Input::table;
  if (options.slice && table)
    return fail(Reject::usage, "--slice and a table", "a VCF", "a table is sent whole, sealed like everything");
  if (options.slice && item.parameters.all_samples)
    return fail(Reject::usage, "--slice and --all-samples", "--slice with --all, or --all-samples alone",
                "a slice is one person's; all samples in one request are sent as the whole file, sealed");
  if (options.slice && !setup.bundle)
    return fail(Reject::usage, "--slice, and the model's file is not here", "--bundle FILE",
                "a slice has a record for each of the model's features, and that file lists them");
  return setup.bundle.has_value() && !table && !item.parameters.all_samples && !options.whole;
}

void note_checked(const client::Item& item, std::uint64_t used, std::uint64_t asked) {
  note("checked  " + item.id + ": " + std::to_string(used) + " of " + std::to_string(asked) + " features found");
}

// prepare_slice reads the file here, and refuses what the enclave would refuse of it.
Status prepare_slice(const bundle::Bundle& bundle, client::Item& item, std::size_t threads, bool first, Prepared& out) {
  if (item.parameters.match_log) {  // written here, of any size; but only where the enclave would have given one
    const auto rows_class = scoring::match_log_class(bundle);
    if (!rows_class && rows_class.error().reason != Reject::too_large) return same(rows_class);
  }
  GLOVEBOX_TRY(sliced, slice_locally(bundle, item, threads));
  if (first) {
    note_checked(item, sliced.used, sliced.asked);
    note("read     " + item.read + (item.read_because.empty() ? "" : " (" + item.read_because + ")"));
  }
  out.slice = client::memory_data(SecretBytes(sliced.slice.expose()));
  out.sliced = std::move(sliced);
  out.asked.parameters = protocol::slice_parameters(item.parameters.purpose);
  out.asked.data = out.slice.get();
  out.asked.data_size = out.sliced->slice.size();
  out.asked.expansion =
      client::Expansion{.shape = scoring::shape_of(bundle),
                        .expand = [&bundle, &item, &made = *out.sliced](const result::Measured& measured) {
                          return scoring::expand(bundle, item.parameters, made, measured);
                        }};
  if (first) {
    note("slice    a record for each of the model's " + std::to_string(out.sliced->asked) +
         " features will be sent, whatever the file's size; --whole sends the file");
    if (item.parameters.match_log) note("         the match log is written here: the receipt does not cover it");
  }
  return {};
}

Status prepare_whole(const Setup& setup, client::Item& item, std::size_t threads, bool first, Prepared& out) {
  if (setup.bundle) {
    if (item.parameters.match_log) {
      GLOVEBOX_TRY(rows_class, scoring::match_log_class(*setup.bundle));
      item.parameters.rows_class = rows_class;
    }
    GLOVEBOX_TRY(local, run_locally(*setup.bundle, item, {.threads = threads}));
    out.asked.data_size = local.data_size;
    out.asked.callable_size = local.callable_size;
    if (first) note_checked(item, local.report.quality.used, local.report.quality.asked);
  } else {
    if (item.parameters.match_log)
      return fail(Reject::usage, "--match-log, and the model's file is not here", "--bundle FILE",
                  "the answer has room for as many lines as the model has sites");
    if (item.parameters.input == protocol::Input::vcf && !item.parameters.absence)
      return fail(Reject::absence_undeclared,
                  "no --absent, and the model's file is not here to count the sites without a record", "--absent",
                  "`homref` if your caller leaves out reference sites (most single-sample WGS), `missing` if those "
                  "sites were not measured (panel, array)");
    GLOVEBOX_TRY(data_size, client::size_of(*item.data));
    out.asked.data_size = data_size;
    if (item.callable) {
      GLOVEBOX_TRY(callable_size, read_callable(item, [](View) -> Status { return {}; }));
      out.asked.callable_size = callable_size;
    }
    if (first) {
      note("the model's file is not here (--bundle): the enclave alone will check the input");
      if (item.parameters.input == protocol::Input::vcf)
        note(
            "whole    the file is sent whole, and the host sees its size, rounded up, and the pace of reading; with "
            "--bundle a slice is sent");
    }
  }
  if (first && item.parameters.all_samples)
    note("people   the whole file is sent, sealed; the host sees its size and the number of people, both rounded up");
  out.asked.parameters = item.parameters;
  out.asked.data = item.data.get();
  out.asked.callable = item.callable.get();
  return {};
}

// score_one runs one item, with the lines that a person watches.
Result<report::Entry> score_one(const Setup& setup, const Score& options, client::Item& item, bool first, Sent& sent,
                                Bytes& receipt) {
  Prepared prepared{.asked = {.model = setup.model, .parameters = {}}};
  const std::size_t threads = threads_of(options.input);
  GLOVEBOX_TRY(as_slice, sends_slice(setup, options, item));
  GLOVEBOX_CHECK(as_slice ? prepare_slice(*setup.bundle, item, threads, first, prepared)
                          : prepare_whole(setup, item, threads, first, prepared));
  Progress progress("sealing and sending");
  const client::Events events{
      .appraised =
          [&](const client::Enclave& enclave) {
            if (!first) return;
            note("verified enclave version " + enclave.result.version + " on " + enclave.result.platform + ", with " +
                 setup.model.name +
                 (enclave.result.development ? "\n         " + std::string(report::development_notice) : ""));
          },
      .sending = [&progress](std::uint64_t done, std::uint64_t total) { progress.at(done, total); },
      .waiting = [&progress] { progress.finish("sent     sealed; the enclave computes"); },
      .retrying =
          [](const Error& error, int round) {
            note("cut off  " + describe(error) + "; retry " + std::to_string(round) + " under the same request id");
          },
      .sealed = [&sent] { sent = Sent::sealed; }};
  GLOVEBOX_TRY(scored, client::score(setup.server, setup.policy, setup.owner, prepared.asked,
                                     {.retries = options.retries}, events, setup.collateral));
  note("checked  the answer for " + item.id + " belongs to this request and this enclave");
  receipt = keep_receipt(scored);
  auto proof = proof_of(scored, setup.policy);
  return report::Entry{.report = std::move(scored.report), .proof = std::move(proof)};
}

// check_outputs finds out before a use is spent that a result would have no place to go.
Status check_outputs(const Score& options) {
  for (const auto& path : {options.output, options.html, options.receipt, options.match_log}) {
    if (path.empty() || path == "-") continue;
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
      return fail(Reject::file_unwritable, path + " is a folder", "a file");
    if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0)
      return fail(Reject::file_unwritable, path + ": " + std::strerror(errno), "a folder that can be written to");
  }
  return {};
}

Status run_score(const Score& options, Sent& sent) {
  if (json_output() && options.output == "-")
    return fail(Reject::usage, "--json with the table on standard output", "-o FILE, or --json alone");
  GLOVEBOX_CHECK(check_outputs(options));
  GLOVEBOX_TRY(setup, set_up(options));
  GLOVEBOX_TRY(items,
               client::read_input(wish_of(options.input, !options.match_log.empty()), setup.policy.release->purpose));
  if (!options.receipt.empty() && items.size() != 1)
    return fail(Reject::usage, "--receipt and " + std::to_string(items.size()) + " samples", "one sample");
  std::vector<report::Entry> entries;
  std::string table;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Bytes receipt;
    auto entry = score_one(setup, options, items[i], i == 0, sent, receipt);
    if (!entry) {
      if (items.size() > 1 && entry.error().hint.empty()) entry.error().hint = "at sample " + items[i].id;
      return same(entry);
    }
    if (table.empty()) table = report::tsv_header(entry->report);
    for (const auto& row : entry->report.rows) table += report::tsv_row(entry->report, row);
    if (!options.receipt.empty()) GLOVEBOX_CHECK(write_file(options.receipt, receipt));
    if (entry->report.match_log)
      GLOVEBOX_CHECK(write_file(options.match_log, view_of(*entry->report.match_log), Visibility::owner));
    if (!json_output() && options.output != "-") {
      if (entry->report.rows.size() == 1) {
        say(report::to_text(entry->report, entry->report.rows.front()));
      } else if (options.output.empty()) {
        say(table);
      }
    }
    entries.push_back(std::move(*entry));
  }
  if (!json_output() && options.output != "-" && !entries.empty()) {
    const auto& last = entries.back();
    if (last.report.rows.size() != 1) say(report::remarks_text(last.report));
    say(report::proof_text(last.report, last.proof));
  }
  if (options.output == "-") say(table);
  if (!options.output.empty() && options.output != "-")
    GLOVEBOX_CHECK(write_file(options.output, view_of(table), Visibility::owner));
  if (!options.html.empty()) {
    GLOVEBOX_CHECK(write_file(options.html,
                              view_of(report::to_html(entries, to_rfc3339(Time::from_seconds(system_now().seconds())))),
                              Visibility::owner));
    note("report   " + options.html);
  }
  if (!options.output.empty() && options.output != "-") note("scores   " + options.output);
  if (json_output()) {
    nlohmann::ordered_json object = {{"code", "ok"}, {"sent", "sealed"}, {"scores", nlohmann::ordered_json::array()}};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      GLOVEBOX_TRY(as_slice, sends_slice(setup, options, items[i]));
      object["scores"].push_back(to_json(entries[i], as_slice, items[i].read));
    }
    say(object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return {};
}
}  // namespace

int run(const Score& options) {
  Sent sent = Sent::nothing;
  if (const auto done = run_score(options, sent); !done)
    return report_error("glovebox", in_file(done.error(), options.input.file), sent);
  return 0;
}
}  // namespace glovebox::app
