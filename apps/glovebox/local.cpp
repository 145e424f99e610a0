#include "glovebox/local.h"

#include "base/file.h"
#include "glovebox/output.h"
#include "scoring/job.h"

namespace glovebox::app {

client::InputWish wish_of(const Input& input) {
  return {.file = input.file,
          .sample = input.sample,
          .samples_file = input.samples_file,
          .all = input.all,
          .build = input.build,
          .input_kind = input.input_kind,
          .absent = input.absent,
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

Result<Local> run_locally(const bundle::Bundle& bundle, client::Item& item, bool keep_features) {
  GLOVEBOX_TRY(job, scoring::Job::create(bundle, item.parameters, {.keep_features = keep_features}));
  GLOVEBOX_TRY(extent, client::measure(*item.data, [&job](View piece) { return job.feed(piece); }));
  GLOVEBOX_TRY(report, job.finish());
  Local local{.report = std::move(report), .extent = extent, .features = {}};
  if (keep_features) local.features = job.features();
  return local;
}
}  // namespace glovebox::app
