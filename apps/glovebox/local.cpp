#include "glovebox/local.h"

#include <unistd.h>

#include "base/file.h"
#include "glovebox/output.h"
#include "protocol/body.h"
#include "scan/picked.h"
#include "scan/workers.h"
#include "scoring/job.h"

namespace glovebox::app {
namespace {
constexpr std::size_t default_threads_max = 8;  // one reads and orders what the others inflate; more would wait for it
}

client::InputWish wish_of(const Input& input, bool match_log) {
  return {.file = input.file,
          .sample = input.sample,
          .samples_file = input.samples_file,
          .all = input.all,
          .all_samples = input.all_samples,
          .build = input.build,
          .input_kind = input.input_kind,
          .absent = input.absent,
          .dosage = input.dosage,
          .sex = input.sex,
          .x_male = input.x_male,
          .flip = input.flip,
          .min_gq = input.min_gq,
          .min_dp = input.min_dp,
          .callable = input.callable,
          .match_log = match_log,
          .values = input.values,
          .covariates = input.covariates};
}

Result<bundle::Bundle> load_bundle(const std::string& path) {
  GLOVEBOX_TRY(bytes, read_file(path, bundle::bundle_size_max));
  auto bundle = bundle::load(bytes);
  if (!bundle && bundle.error().hint.empty())
    bundle.error().hint = "is " + path + " a bundle? `glovebox model pack` makes one of manifest, features and weights";
  return bundle;
}

Result<verifier::PolicyFile> load_policy(const std::string& path) {
  GLOVEBOX_TRY(text, read_file(path, verifier::policy_size_max));
  auto policy = verifier::parse_policy(text);
  if (!policy && policy.error().hint.empty())
    policy.error().hint =
        "in " + path + "; `glovebox policy new` writes a first policy, docs/spec/policy.md says what each key means";
  return policy;
}

Error in_file(Error error, const std::string& file) {
  if (error.found.starts_with("line ") || error.found.starts_with("row "))
    error.found = (file == "-" ? "standard input" : file) + ", " + error.found;
  return error;
}

std::size_t threads_of(const Input& input) {
  return input.threads.value_or(std::min(scan::cores(), default_threads_max));
}

Result<std::uint64_t> read_callable(client::Item& item, const std::function<Status(View)>& visit) {
  GLOVEBOX_TRY(size, client::read_all(*item.callable, visit));
  if (size > protocol::callable_records_max)
    return fail(Reject::too_large, "callable regions of " + std::to_string(size) + " bytes",
                "at most " + std::to_string(protocol::callable_records_max), "compress the BED file");
  return size;
}

Result<Local> run_locally(const bundle::Bundle& bundle, client::Item& item, const scoring::JobOptions& options) {
  GLOVEBOX_TRY(job, scoring::Job::create(bundle, item.parameters, options));
  std::uint64_t callable_size = 0;
  if (item.callable) {
    GLOVEBOX_TRY(size, read_callable(item, [&job](View piece) { return job.callable(piece); }));
    callable_size = size;
  }
  GLOVEBOX_TRY(data_size, client::read_all(*item.data, [&job](View piece) { return job.feed(piece); }));
  GLOVEBOX_TRY(report, job.finish());
  Local local{.report = std::move(report), .data_size = data_size, .callable_size = callable_size, .features = {}};
  if (options.keep_features) local.features = job.features();
  return local;
}

namespace {
// pick reads only what the model asks for of a file with an index, or in blocks that can be searched; nothing is
// extracted if all of it has to be read.
Result<scan::Picked> pick(const std::string& file, const genome::Panel& panel, const genome::Options& options) {
  GLOVEBOX_TRY(vcf, client::file_source(file));
  std::unique_ptr<scan::Source> index;
  for (const char* extension : {".tbi", ".csi"}) {
    if (index || ::access((file + extension).c_str(), R_OK) != 0) continue;
    GLOVEBOX_TRY(opened, client::file_source(file + extension));
    index = std::move(opened);
  }
  GLOVEBOX_TRY(out, scan::pick(*vcf, index.get(), panel, options));
  if (out.extracted) out.extracted->samples = 1;  // as of the one whose column would be cut out of the file
  return out;
}
}  // namespace

Result<scoring::Sliced> slice_locally(const bundle::Bundle& bundle, client::Item& item, std::size_t threads) {
  GLOVEBOX_TRY(slicing, scoring::Slicing::create(bundle, item.parameters, {.threads = threads}));
  if (item.callable) GLOVEBOX_CHECK(read_callable(item, [&slicing](View piece) { return slicing.callable(piece); }));
  item.read = scan::name(scan::Way::whole_file);
  item.read_because.clear();
  if (!item.file.empty()) {
    using Found = Result<std::optional<genome::Extracted>>;
    GLOVEBOX_TRY(made, slicing.finish_by([&item](const genome::Panel& panel, const genome::Options& options) -> Found {
      GLOVEBOX_TRY(found, pick(item.file, panel, options));
      item.read = scan::name(found.way);
      for (const std::string& why : found.notes) item.read_because += (item.read_because.empty() ? "" : "; ") + why;
      return std::move(found.extracted);
    }));
    if (made) return std::move(*made);
  }
  GLOVEBOX_CHECK(client::read_all(*item.data, [&slicing](View piece) { return slicing.feed(piece); }));
  return slicing.finish();
}
}  // namespace glovebox::app
