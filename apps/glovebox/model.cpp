// model: makes one file of what a model's owner wrote, and says what is in one.
#include "base/file.h"
#include "bundle/pack.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"

namespace glovebox::app {
namespace {
constexpr std::size_t weights_size_max = std::size_t{512} << 20;

Status pack(const ModelPack& options) {
  GLOVEBOX_TRY(manifest, read_file(options.manifest, bundle::manifest_size_max));
  GLOVEBOX_TRY(features, read_file(options.features, bundle::features_size_max));
  GLOVEBOX_TRY(weights, read_file(options.weights, weights_size_max));
  GLOVEBOX_TRY(bytes, bundle::pack(text_of(manifest), features, weights));
  GLOVEBOX_TRY(bundle, bundle::load(bytes));  // what was written is what a reader will accept
  GLOVEBOX_CHECK(write_file(options.output, bytes));
  if (json_output()) {
    say("{\"code\":\"ok\",\"name\":\"" + bundle.manifest.name + "\",\"digest\":\"" + to_hex(bundle.digest) + "\"}");
  } else {
    say(bundle::summary(bundle));
    note("packed in " + options.output + "; its digest is its identity");
  }
  return {};
}

Status show(const ModelShow& options) {
  GLOVEBOX_TRY(bundle, load_bundle(options.file));
  say(json_output() ? "{\"code\":\"ok\",\"name\":\"" + bundle.manifest.name + "\",\"digest\":\"" + to_hex(bundle.digest) + "\"}" : bundle::summary(bundle));
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
