// model: makes one file of what a model's owner wrote, and says what is in one.
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "bundle/pack.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "report/text.h"

namespace glovebox::app {
namespace {
constexpr std::size_t weights_size_max = std::size_t{512} << 20;

// values_text lists what a person must give beside a genome, or the columns of a table: names, units, bounds, words.
std::string values_text(const bundle::Bundle& bundle) {
  std::string out;
  for (const auto& feature : bundle.features) {
    const auto* value = std::get_if<bundle::Value>(&feature.what);
    if (value == nullptr) continue;
    std::string words;
    const auto add = [&words](const std::string& more) { words += (words.empty() ? "" : ", ") + more; };
    if (!value->unit.empty()) add(value->unit);
    if (value->min || value->max)
      add((value->min ? report::exact_number(*value->min) : std::string("any")) + " to " +
          (value->max ? report::exact_number(*value->max) : std::string("any")));
    if (!value->levels.empty()) {
      std::string levels;
      for (const auto& level : value->levels) levels += (levels.empty() ? "one of " : " | ") + level;
      add(levels);
    }
    if (feature.missing.kind == bundle::Missing::Kind::refuse) add("required");
    out += "value         " + feature.name + (words.empty() ? "" : ": " + words) + "\n";
  }
  return out;
}

std::string to_json(const bundle::Bundle& bundle) {
  using Json = nlohmann::ordered_json;
  Json values = Json::array();
  for (const auto& feature : bundle.features) {
    const auto* value = std::get_if<bundle::Value>(&feature.what);
    if (value == nullptr) continue;
    Json one = {{"name", feature.name},
                {"unit", value->unit},
                {"levels", value->levels},
                {"required", feature.missing.kind == bundle::Missing::Kind::refuse}};
    if (value->min) one["min"] = *value->min;
    if (value->max) one["max"] = *value->max;
    values.push_back(std::move(one));
  }
  const auto& m = bundle.manifest;
  return Json({{"code", "ok"},
               {"name", m.name},
               {"version", m.version},
               {"digest", to_hex(bundle.digest)},
               {"build", std::string(bundle::name(m.build))},
               {"variants", bundle.variants().size()},
               {"values", std::move(values)}})
      .dump(2, ' ', false, Json::error_handler_t::replace);
}

Status pack(const ModelPack& options) {
  GLOVEBOX_TRY(manifest, read_file(options.manifest, bundle::manifest_size_max));
  GLOVEBOX_TRY(features, read_file(options.features, bundle::features_size_max));
  GLOVEBOX_TRY(weights, read_file(options.weights, weights_size_max));
  GLOVEBOX_TRY(bytes, bundle::pack(text_of(manifest), features, weights));
  GLOVEBOX_TRY(bundle, bundle::load(bytes));  // what was written is what a reader will accept
  GLOVEBOX_CHECK(write_file(options.output, bytes));
  if (json_output()) {
    say(to_json(bundle));
  } else {
    say(bundle::summary(bundle));
    note("packed in " + options.output + "; its digest is its identity");
  }
  return {};
}

Status show(const ModelShow& options) {
  GLOVEBOX_TRY(bundle, load_bundle(options.file));
  std::string text = json_output() ? to_json(bundle) : bundle::summary(bundle) + values_text(bundle);
  while (text.ends_with('\n')) text.pop_back();
  say(text);
  return {};
}
}  // namespace

int run(const ModelPack& options) {
  if (const auto done = pack(options); !done) return report_error("glovebox", done.error(), Sent::unsaid);
  return 0;
}

int run(const ModelShow& options) {
  if (const auto done = show(options); !done) return report_error("glovebox", done.error(), Sent::unsaid);
  return 0;
}
}  // namespace glovebox::app
