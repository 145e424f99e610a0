// layers: base crypto genome model bundle
// max_len: 16384
#include <cmath>

#include "base/cbor.h"
#include "bundle/bundle.h"
#include "model/load.h"
#include "property.h"

// A bundle that loads agrees with itself: features and ensemble have one length, every value can be encoded or is
// refused, the digest is that of its parts, and the manifest has one encoding. The two texts inside it are tried alone
// as well, so that the fuzzer need not find a whole bundle to reach them.
using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  if (const auto manifest = bundle::Manifest::parse(bytes))
    require(equal(manifest->encode(), bytes), "a manifest has one encoding");
  if (const auto features = bundle::parse_features(bytes, bundle::Build::grch37))
    for (const bundle::Feature& f : *features)
      if (f.is_value()) {
        const auto missing = bundle::encode_value(f, std::nullopt);
        require(missing || missing.error().reason == Reject::value_missing,
                "nothing given is a number or value_missing");
        const auto number = bundle::encode_value(f, 1.5);
        require(!number || std::isfinite(*number), "a number given is a finite number");
      }
  const auto b = bundle::load(bytes);
  if (!b) return 0;
  const auto* score = b->polygenic();
  require(b->features.size() == (score != nullptr ? score->terms.size() : b->ensemble().features),
          "one feature for each of the model's");
  require(b->variants().empty() == !bundle::panel_of(*b).has_value(), "variants make a panel");
  cbor::Reader in(bytes);
  in.document(bundle::bundle_label, 5);
  const View manifest = in.bstr(bundle::manifest_size_max);
  const View features = in.bstr(bundle::features_size_max);
  in.tstr(64);
  require(b->digest == bundle::identity(manifest, features, in.bstr(model::weights_max)),
          "the digest is that of the parts");
  require(!bundle::summary(*b).empty(), "it can be described");
  return 0;
}
