// bundle.h: a model with everything needed to apply it: manifest, features, weights, in one file, NAME.glovebox. Its
// digest, over the three, is the model's identity: in the evidence, in policies, in receipts.
#pragma once
#include "bundle/features.h"
#include "bundle/manifest.h"
#include "model/ensemble.h"

namespace glovebox::bundle {

constexpr std::string_view bundle_label = "glovebox bundle v1";
constexpr std::size_t bundle_size_max = std::size_t{576} << 20;

struct Bundle {
  Manifest manifest;
  std::vector<Feature> features;  // in the ensemble's order
  model::Ensemble ensemble;
  Digest digest{};
  std::string weights_format;

  // variants lists the places in `features` that are variants, in order; the panel's site numbers are places in it.
  std::vector<std::size_t> variants() const;
};

// load checks everything again, whoever packed it. Errors: those of the CBOR reader, bundle_malformed,
// features_mismatch, and those of model::load.
Result<Bundle> load(View bytes);

// panel_of makes the genome reader's panel of the bundle's variants; nothing where there are none. load has shown that
// it can be made.
std::optional<genome::Panel> panel_of(const Bundle& bundle);

// identity is the digest over manifest, features and weights, each by its own SHA-256.
Digest identity(View manifest, View features, View weights);

// split_counts is, for each feature, how many splits of the ensemble ask for it: its weight in coverage.
std::vector<std::uint32_t> split_counts(const model::Ensemble& ensemble);

// summary describes a bundle for a person: `glovebox model show`.
std::string summary(const Bundle& bundle);

}  // namespace glovebox::bundle
