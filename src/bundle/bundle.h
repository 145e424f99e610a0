// bundle.h: a model with everything needed to apply it: manifest, features, weights, in one file, NAME.glovebox. Its
// digest, over the three, is the model's identity: in the evidence, in policies, in receipts.
#pragma once
#include <map>

#include "bundle/features.h"
#include "bundle/manifest.h"
#include "model/ensemble.h"
#include "model/polygenic.h"

namespace glovebox::bundle {

constexpr std::string_view bundle_label = "glovebox bundle v1";
constexpr std::size_t bundle_size_max = std::size_t{576} << 20;

struct Bundle {
  Manifest manifest;
  std::vector<Feature> features;                           // in the engine's order
  std::variant<model::Ensemble, model::Polygenic> engine;  // which of them, the manifest says and load has checked
  Digest digest{};
  std::string weights_format;

  // ensemble is the trees of the engine "trees"; who asks for it under another engine is wrong, and aborts. polygenic
  // is null under another engine.
  const model::Ensemble& ensemble() const;
  const model::Polygenic* polygenic() const { return std::get_if<model::Polygenic>(&engine); }
  // groups and outputs are how many margins and predictions a row of it has.
  std::size_t groups() const { return polygenic() != nullptr ? 1 : ensemble().groups; }
  std::size_t outputs() const { return polygenic() != nullptr ? 1 : ensemble().outputs(); }

  // variants lists the places in `features` that are variants, in order; the panel's site numbers are places in it.
  std::vector<std::size_t> variants() const;
};

// load checks everything again, whoever packed it. Errors: those of the CBOR reader, bundle_malformed,
// features_mismatch, and those of model::load and model::load_polygenic.
Result<Bundle> load(View bytes);

// panel_of makes the genome reader's panel of the bundle's variants; nothing where there are none. load has shown that
// it can be made.
std::optional<genome::Panel> panel_of(const Bundle& bundle);

// identity is the digest over manifest, features and weights, each by its own SHA-256.
Digest identity(View manifest, View features, View weights);

// split_counts is, for each feature, how many splits of the ensemble ask for it.
std::vector<std::uint32_t> split_counts(const model::Ensemble& ensemble);

// weights_of is each feature's share of the model in coverage, all together 1: of an ensemble's splits that ask for it;
// of the sum of a polygenic score's |weights|, where the largest counts if a term has three.
std::vector<double> weights_of(const Bundle& bundle);

// ScoreCounts is what of a polygenic score can be looked up in a genome, and what is known of it.
struct ScoreCounts {
  std::size_t scored = 0;      // variants
  std::size_t unscored = 0;    // rows that are carried along
  double unscored_weight = 0;  // 0 to 1
  std::map<Why, std::size_t> by_why = {};
  std::map<model::Effect, std::size_t> by_effect = {};  // of the variants
  std::size_t with_other = 0, with_reference = 0, with_frequency = 0;
};
ScoreCounts score_counts(const Bundle& bundle);

// summary describes a bundle for a person: `glovebox model show`.
std::string summary(const Bundle& bundle);

}  // namespace glovebox::bundle
