// model: makes one file of what a model's owner wrote, and says what is in one.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "bundle/pack.h"
#include "bundle/pgs_pack.h"
#include "bundle/reference_alleles.h"
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
  Json out = {{"code", "ok"},
              {"name", m.name},
              {"version", m.version},
              {"digest", to_hex(bundle.digest)},
              {"engine", m.engine},
              {"build", std::string(bundle::name(m.build))},
              {"variants", bundle.variants().size()},
              {"values", std::move(values)}};
  if (bundle.polygenic() != nullptr) {
    const bundle::ScoreCounts n = bundle::score_counts(bundle);
    Json why = Json::object();
    for (const auto& [word, number] : n.by_why) why[std::string(bundle::name(word))] = number;
    Json effects = Json::object();
    for (const auto& [effect, number] : n.by_effect) effects[std::string(model::name(effect))] = number;
    out["score"] = {{"scored", n.scored},
                    {"unscored", n.unscored},
                    {"unscored_why", std::move(why)},
                    {"unscored_weight", n.unscored_weight},
                    {"effects", std::move(effects)},
                    {"with_other_allele", n.with_other},
                    {"with_reference_allele", n.with_reference},
                    {"with_frequency", n.with_frequency}};
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

// find_reference lets a file of the reference tell which allele of each site is its own, and says how far it could.
Status find_reference(const std::string& path, bundle::ScoringFile& file) {
  std::vector<genome::Site*> sites;
  std::size_t with_other = 0;
  for (bundle::ScoringRow& row : file.rows)
    if (row.site) {
      sites.push_back(&*row.site);
      if (!row.site->other_allele.empty()) ++with_other;
    }
  if (path.empty()) {
    note(
        "no --reference: of no site is it known which allele the reference has, so that sites without a record cannot "
        "be taken as homozygous reference (`--absent homref`)");
    return {};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Reject::file_unreadable, path, "a FASTA or VCF file");
  const auto build = file.build == bundle::Build::grch37 ? genome::Build::grch37 : genome::Build::grch38;
  bundle::ReferenceReader reader(build, std::move(sites));
  Bytes piece(std::size_t{1} << 20);
  while (in) {
    in.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    GLOVEBOX_CHECK(reader.feed(View(piece).first(static_cast<std::size_t>(in.gcount()))));
  }
  if (in.bad()) return fail(Reject::file_unreadable, path, "a file that can be read to its end");
  GLOVEBOX_TRY(counts, reader.finish());
  if (counts.unknown > 0)
    note("the reference's allele is known for " + std::to_string(counts.known) + " of " +
         std::to_string(counts.known + counts.unknown) + " sites (" +
         std::to_string(counts.known + counts.unknown - with_other) + " name no other allele, at " +
         std::to_string(counts.neither) + " it has neither); the others cannot be taken as homozygous reference");
  return {};
}

Result<Bytes> pack_scoring_file(const ModelPack& options) {
  const auto build = bundle::build_from_name(options.build);
  if (!build || *build == bundle::Build::none)
    return fail(Reject::usage, options.build.empty() ? "a scoring file without --build" : "--build " + options.build,
                "--build GRCh37 or --build GRCh38", "for an XGBoost model, give --manifest and --features");
  std::string manifest;
  if (!options.manifest.empty()) {
    GLOVEBOX_TRY(text, read_file(options.manifest, bundle::manifest_size_max));
    manifest = text_of(text);
  }
  GLOVEBOX_TRY(bytes, read_file(options.weights, bundle::scoring_file_size_max));
  GLOVEBOX_TRY(file, bundle::read_scoring_file(bytes, {.build = *build, .frequency_column = options.frequency}));
  if (file.build_known == bundle::BuildKnown::by_caller)
    note("the file does not say on which build it is; taken as " + options.build + ", as you say");
  std::size_t rounded = 0;
  std::size_t inferred = 0;
  for (const bundle::ScoringRow& row : file.rows) {
    if (row.rounded) ++rounded;
    if (row.other_inferred) ++inferred;
  }
  if (rounded > 0) note(std::to_string(rounded) + " rows have weights of more than 24 places, rounded there");
  if (inferred > 0) note(std::to_string(inferred) + " rows have their other allele from hm_inferOtherAllele");
  if (options.frequency.empty() && !file.frequency_columns.empty() &&
      std::ranges::find(file.frequency_columns, "allelefrequency_effect") == file.frequency_columns.end())
    note("frequencies stand in columns of their own for each ancestry, " + file.frequency_columns.front() +
         " and so on; --frequency chooses one");
  GLOVEBOX_CHECK(find_reference(options.reference, file));
  return bundle::pack_score(
      file, {.name = options.name, .coverage_gate = options.coverage_gate, .manifest_toml = std::move(manifest)});
}

Result<Bytes> pack_parts(const ModelPack& options) {
  if (options.manifest.empty()) return fail(Reject::usage, "--features without --manifest", "both");
  if (!options.build.empty() || !options.reference.empty() || !options.name.empty() || !options.frequency.empty() ||
      options.coverage_gate)
    return fail(Reject::usage, "an option for scoring files beside --features",
                "none: manifest.toml and features.tsv say it all");
  GLOVEBOX_TRY(manifest, read_file(options.manifest, bundle::manifest_size_max));
  GLOVEBOX_TRY(features, read_file(options.features, bundle::features_size_max));
  GLOVEBOX_TRY(weights, read_file(options.weights, weights_size_max));
  return bundle::pack(text_of(manifest), features, weights);
}

Status pack(const ModelPack& options) {
  GLOVEBOX_TRY(bytes, options.features.empty() ? pack_scoring_file(options) : pack_parts(options));
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
