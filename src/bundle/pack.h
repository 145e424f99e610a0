// pack.h: makes a bundle of what the model's owner wrote. The only reader of manifest.toml; the enclave does not link
// it.
#pragma once
#include "bundle/bundle.h"

namespace glovebox::bundle {

// manifest_from_toml reads manifest.toml strictly: bundle_malformed, with the line, for an unknown key, a missing one
// or another type. With `under`, nothing is missing: what the text does not say is as it is there.
Result<Manifest> manifest_from_toml(std::string_view toml, const Manifest* under = nullptr);

// pack writes NAME.glovebox after every check that load makes, and one more: a model whose training stopped early and
// still holds its later trees is refused, since XGBoost's interfaces disagree on which of them count.
Result<Bytes> pack(std::string_view manifest_toml, View features_tsv, View weights);

}  // namespace glovebox::bundle
