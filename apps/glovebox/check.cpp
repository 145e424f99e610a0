// check and features: what a run would say, and the table that the enclave would compute, on this machine alone.
// Neither prints a score: for that, the data goes to an enclave.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "glovebox/quality_json.h"
#include "report/text.h"
#include "scoring/match_log.h"

namespace glovebox::app {
namespace {

scoring::JobOptions reading_of(const Input& input) {
  return {.reference_reader = input.reference_reader, .threads = threads_of(input)};
}

Status check_reader(const Input& input) {
  if (input.reference_reader && input.all_samples)
    return fail(Reject::usage, "--reference-reader and --all-samples", "one of them",
                "all samples are read in one way alone; --all reads one after the other, by the reference too");
  return {};
}

Status check(const Check& options) {
  GLOVEBOX_CHECK(check_reader(options.input));
  GLOVEBOX_TRY(bundle, load_bundle(options.model));
  GLOVEBOX_TRY(items, client::read_input(wish_of(options.input, !options.match_log.empty()), "check"));
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (auto& item : items) {
    // A model that a run would give a log of is given the same log here; a larger one gets one all the same.
    const auto log_class = scoring::match_log_class(bundle);
    if (log_class && item.parameters.match_log) item.parameters.rows_class = *log_class;
    const bool too_large = !log_class && log_class.error().reason == Reject::too_large;
    auto reading = reading_of(options.input);
    reading.any_match_log = too_large;
    GLOVEBOX_TRY(local, run_locally(bundle, item, reading));
    if (local.report.match_log)
      GLOVEBOX_CHECK(write_file(options.match_log, view_of(*local.report.match_log), Visibility::owner));
    const auto& q = local.report.quality;
    if (json_output()) {
      nlohmann::ordered_json said = {{"id", item.id}};
      said.update(quality_json(q));
      said["reading"] = reading_json(q);
      said["warnings"] = local.report.warnings;
      if (local.report.no_category) said["no_category"] = *local.report.no_category;
      for (const auto& row : local.report.rows) {
        if (!row.quality) continue;
        nlohmann::ordered_json person = {{"id", row.id}};
        person.update(quality_json(q, *row.quality));
        said["people"].push_back(std::move(person));
      }
      all.push_back(std::move(said));
      continue;
    }
    say(item.id + ": " + std::to_string(q.used) + " of " + std::to_string(q.asked) + " features, " +
        report::short_number(q.coverage * 100) + " % of the model by weight");
    for (const auto& count : q.counts)
      if (count.number != 0) say("  " + std::to_string(count.number) + "  " + count.outcome);
    if (q.build) say("  build " + *q.build + (q.build_standing ? ": " + *q.build_standing : ""));
    if (local.report.no_category) say("  no category: " + *local.report.no_category);
    for (const auto& warning : local.report.warnings) say("  warning: " + warning);
    for (const auto& row : local.report.rows)
      if (row.quality)
        say("  " + report::printable(row.id) + ": " + std::to_string(row.quality->used) + " of " +
            std::to_string(row.quality->asked()) + ", " + report::short_number(row.quality->coverage * 100) + " %");
    say("  a run would be accepted; nothing was sent");
  }
  if (json_output())
    say(nlohmann::ordered_json({{"code", "ok"}, {"sent", "nothing"}, {"checks", std::move(all)}})
            .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return {};
}

Status features(const Features& options) {
  GLOVEBOX_CHECK(check_reader(options.input));
  GLOVEBOX_TRY(bundle, load_bundle(options.model));
  GLOVEBOX_TRY(items, client::read_input(wish_of(options.input), "check"));
  std::string table;
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const bool as_json = json_output() && options.output == "-";
  for (auto& item : items) {
    auto reading = reading_of(options.input);
    reading.keep_features = true;
    GLOVEBOX_TRY(local, run_locally(bundle, item, reading));
    if (as_json) {
      names = local.features.names;
      for (const auto& line : local.features.rows)
        rows.push_back({{"id", line.id}, {"values", line.values}});  // JSON has null for nan
      continue;
    }
    if (table.empty()) {
      table = "id";
      for (const auto& name : local.features.names) table += "\t" + name;
      table += "\n";
    }
    for (const auto& line : local.features.rows) {
      table += line.id;
      for (const float value : line.values) table += "\t" + (std::isnan(value) ? "nan" : report::exact_number(value));
      table += "\n";
    }
  }
  if (options.output != "-") {
    GLOVEBOX_CHECK(write_file(options.output, view_of(table), Visibility::owner));
    if (json_output()) say("{\"code\":\"ok\"}");
    return {};
  }
  if (as_json) {
    say(nlohmann::ordered_json({{"code", "ok"}, {"names", std::move(names)}, {"rows", std::move(rows)}})
            .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return {};
  }
  table.pop_back();
  say(table);
  return {};
}
}  // namespace

int run(const Check& options) {
  if (const auto done = check(options); !done)
    return report_error("glovebox", in_file(done.error(), options.input.file), Sent::nothing);
  return 0;
}

int run(const Features& options) {
  if (const auto done = features(options); !done)
    return report_error("glovebox", in_file(done.error(), options.input.file), Sent::nothing);
  return 0;
}
}  // namespace glovebox::app
