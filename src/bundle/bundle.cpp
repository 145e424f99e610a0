#include "bundle/bundle.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "base/cbor.h"
#include "crypto/hash.h"
#include "model/load.h"

namespace glovebox::bundle {
static_assert(model::dosage_unit == genome::dosage_unit && model::copies_max == 2 * genome::dosage_unit);
namespace {
std::unexpected<Error> mismatch(std::string found, std::string expected) {
  return fail(Reject::features_mismatch, std::move(found), std::move(expected));
}

// A polygenic score's features are sites, or rows that cannot be scored; its terms stand in the same order under the
// same names. What is missing is no part of its sum: there is no number to put in its place.
Status check_terms(const Bundle& b, const model::Polygenic& score) {
  if (b.features.size() != score.terms.size())
    return mismatch(std::to_string(b.features.size()) + " features listed",
                    std::to_string(score.terms.size()) + ", the score's terms");
  for (std::size_t i = 0; i < b.features.size(); ++i) {
    const Feature& f = b.features[i];
    const std::string where = "feature " + std::to_string(i + 1) + " \"" + f.name + "\"";
    if (score.names[i] != f.name) return mismatch(where, "\"" + score.names[i] + "\", as in the weights");
    if (f.is_value()) return mismatch(where + ", a value", "a variant: a polygenic score takes no other values");
    if (f.missing.kind == Missing::Kind::number)
      return mismatch(where + " with a number where it is missing", "nan or refuse");
  }
  return {};
}

Status check_names(const Bundle& b) {
  if (const model::Polygenic* score = b.polygenic()) return check_terms(b, *score);
  const model::Ensemble& e = b.ensemble();
  if (b.features.size() != e.features)
    return mismatch(std::to_string(b.features.size()) + " features listed",
                    std::to_string(e.features) + ", the model's");
  for (std::size_t i = 0; i < b.features.size(); ++i) {
    const Feature& f = b.features[i];
    const std::string where = "feature " + std::to_string(i + 1);
    if (!e.feature_names.empty() && e.feature_names[i] != f.name)
      return mismatch(where + " \"" + f.name + "\"",
                      "\"" + e.feature_names[i].substr(0, feature_name_max) + "\", as in the model");
    if (std::holds_alternative<Unscored>(f.what))
      return mismatch(where + " \"" + f.name + "\" is unscored", "a variant or a value: trees ask for it");
    const Value* value = std::get_if<Value>(&f.what);
    const bool categorical = !e.feature_types.empty() && e.feature_types[i] == "c";
    if (categorical && (value == nullptr || value->levels.empty()))
      return mismatch(where + " \"" + f.name + "\" without levels", "levels: it is categorical in the model");
    if (!e.categories.empty() && !e.categories[i].empty() && (value == nullptr || value->levels != e.categories[i]))
      return mismatch(where + " \"" + f.name + "\" with other levels than the model's", "the model's, in its order");
  }
  return {};
}

Status check_sites(const Bundle& b) {
  using Key = std::tuple<genome::Chromosome, std::uint64_t, std::string, std::string, bool>;
  std::vector<Key> keys;
  std::vector<genome::Site> sites;
  for (const Feature& f : b.features)
    if (const auto* site = std::get_if<genome::Site>(&f.what)) {
      const genome::Variant v = genome::trim(site->position, site->effect_allele, site->other_allele);
      const bool open = site->other_allele.empty();  // else it would look as a deletion does after trimming
      // In a polygenic score both alleles of a variant may have a weight; trees would split on one thing twice.
      if (b.polygenic() != nullptr)
        keys.emplace_back(site->chromosome, v.position, v.first, v.second, open);
      else
        keys.emplace_back(site->chromosome, v.position, std::min(v.first, v.second), std::max(v.first, v.second), open);
      sites.push_back(*site);
    }
  if (sites.empty() != (b.manifest.build == Build::none))
    return fail(Reject::bundle_malformed, "manifest: build = " + std::string(name(b.manifest.build)),
                sites.empty() ? "none: there are no variants" : "the variants' build");
  std::ranges::sort(keys);
  if (std::ranges::adjacent_find(keys) != keys.end()) return mismatch("one variant listed twice", "each variant once");
  if (sites.empty()) return {};
  const auto build = b.manifest.build == Build::grch37 ? genome::Build::grch37 : genome::Build::grch38;
  GLOVEBOX_TRY(panel, genome::Panel::create(build, std::move(sites)));
  return {};
}

Status check_manifest(const Bundle& b) {
  const Manifest& m = b.manifest;
  const std::size_t outputs = m.output_value == OutputValue::margin ? b.groups() : b.outputs();
  if (!m.output_names.empty() && m.output_names.size() != outputs)
    return fail(Reject::bundle_malformed, "manifest: " + std::to_string(m.output_names.size()) + " output_names",
                std::to_string(outputs) + ", the model's outputs");
  if (outputs != 1 && (!m.categories.empty() || m.reference || !m.reference_groups.empty() || m.ancestry))
    return fail(Reject::bundle_malformed, "manifest: categories or a reference of several outputs", "a model with one");
  return {};
}
}  // namespace

const model::Ensemble& Bundle::ensemble() const {
  const auto* trees = std::get_if<model::Ensemble>(&engine);
  if (trees == nullptr) std::abort();
  return *trees;
}

std::vector<std::size_t> Bundle::variants() const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < features.size(); ++i)
    if (features[i].is_variant()) out.push_back(i);
  return out;
}

Digest identity(View manifest, View features, View weights) {
  const Bytes named = cbor::Writer()
                          .document(bundle_label, 4)
                          .bstr(crypto::sha256(manifest))
                          .bstr(crypto::sha256(features))
                          .bstr(crypto::sha256(weights))
                          .take();
  return crypto::sha256(named);
}

Result<Bundle> load(View bytes) {
  if (bytes.size() > bundle_size_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes",
                "at most " + std::to_string(bundle_size_max));
  cbor::Reader in(bytes);
  in.document(bundle_label, 5);
  const View manifest = in.bstr(manifest_size_max);
  const View features = in.bstr(features_size_max);
  const std::string_view form = in.tstr(name_max);
  const View weights = in.bstr(model::weights_max);
  GLOVEBOX_CHECK(in.finish());

  Bundle out;
  GLOVEBOX_TRY(parsed, Manifest::parse(manifest));
  out.manifest = std::move(parsed);
  GLOVEBOX_TRY(listed, parse_features(features, out.manifest.build));
  out.features = std::move(listed);
  // The form is not in the digest, so it must follow from the weights, which are.
  GLOVEBOX_TRY(format, model::format_of_text(form));
  GLOVEBOX_TRY(detected, model::detect(weights));
  if (format != detected)
    return fail(Reject::bundle_malformed, "weights that are " + std::string(model::format_text(detected)),
                std::string(form));
  const bool polygenic = out.manifest.engine == "polygenic";
  if (polygenic != (format == model::Format::polygenic_tsv))
    return fail(Reject::bundle_malformed, "manifest: engine = " + out.manifest.engine,
                "the engine of weights that are " + std::string(form));
  if (polygenic) {
    GLOVEBOX_TRY(score, model::load_polygenic(weights));
    out.engine = std::move(score);
  } else {
    GLOVEBOX_TRY(ensemble, model::load(weights, format));
    out.engine = std::move(ensemble);
  }
  out.weights_format = form;
  GLOVEBOX_CHECK(check_names(out));
  GLOVEBOX_CHECK(check_sites(out));
  if (const model::Polygenic* score = out.polygenic())
    for (std::size_t i = 0; i < out.features.size(); ++i)
      if (auto* site = std::get_if<genome::Site>(&out.features[i].what);
          site != nullptr && score->terms[i].effect == model::Effect::additive)
        site->expected = score->terms[i].expected;
  GLOVEBOX_CHECK(check_manifest(out));
  out.digest = identity(manifest, features, weights);
  return out;
}

std::optional<genome::Panel> panel_of(const Bundle& bundle) {
  std::vector<genome::Site> sites;
  for (const Feature& f : bundle.features)
    if (const auto* site = std::get_if<genome::Site>(&f.what)) sites.push_back(*site);
  if (sites.empty()) return std::nullopt;
  const auto build = bundle.manifest.build == Build::grch37 ? genome::Build::grch37 : genome::Build::grch38;
  auto panel = genome::Panel::create(build, std::move(sites));
  if (!panel) return std::nullopt;
  return std::move(*panel);
}

std::vector<double> weights_of(const Bundle& bundle) {
  std::vector<double> out(bundle.features.size());
  if (const model::Polygenic* score = bundle.polygenic()) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = model::to_double(score->terms[i].magnitude(), model::weight_places);
  } else {
    std::ranges::copy(split_counts(bundle.ensemble()), out.begin());
  }
  double all = 0;
  for (const double w : out) all += w;
  // A model that weighs nothing asks for nothing: then every feature counts the same.
  for (double& w : out) w = all > 0 ? w / all : 1.0 / static_cast<double>(out.size());
  return out;
}

std::vector<std::uint32_t> split_counts(const model::Ensemble& ensemble) {
  std::vector<std::uint32_t> out(ensemble.features, 0);
  for (const model::Tree& tree : ensemble.trees)
    for (const model::Node& node : tree.nodes)
      if (!node.leaf()) ++out[node.feature];
  return out;
}

}  // namespace glovebox::bundle
