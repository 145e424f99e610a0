#include <algorithm>
#include <format>

#include "bundle/bundle.h"

namespace glovebox::bundle {
namespace {
void line(std::string& out, std::string_view label, std::string_view text) {
  if (!text.empty()) out += std::format("{:<14}{}\n", label, text);
}

// engine_lines says what the weights are, and of a polygenic score what of it can be looked up in a genome.
void engine_lines(std::string& out, const Bundle& b) {
  const std::size_t variants = b.variants().size();
  if (b.polygenic() == nullptr) {
    const model::Ensemble& e = b.ensemble();
    const auto used = std::ranges::count_if(split_counts(e), [](std::uint32_t n) { return n > 0; });
    line(out, "features",
         std::format("{} variants, {} values; the trees use {} of them", variants, b.features.size() - variants, used));
    line(out, "weights",
         std::format("{}, XGBoost {}.{}.{}, {}, {} trees, {} nodes", b.weights_format, e.version.major, e.version.minor,
                     e.version.patch, e.objective, e.trees.size(), e.nodes()));
    return;
  }
  const ScoreCounts n = score_counts(b);
  line(out, "features", std::format("{} variants to look up, {} rows that are not scored", n.scored, n.unscored));
  for (const auto& [why, number] : n.by_why) line(out, "not scored", std::format("{}: {}", name(why), number));
  std::string effects;
  for (const auto& [effect, number] : n.by_effect)
    effects += std::format("{}{} {}", effects.empty() ? "" : ", ", number, model::name(effect));
  line(out, "weights", b.weights_format + ", " + effects);
  line(out, "known",
       std::format("the other allele of {}, the reference's allele of {}, the frequency of {}, of {} variants",
                   n.with_other, n.with_reference, n.with_frequency, n.scored));
  if (n.unscored > 0)
    line(out, "", std::format("what is not scored weighs {:.1f} % of the model", n.unscored_weight * 100));
}

std::string in_words(const Reference& r) {
  std::string out = r.name;
  if (!r.quantiles.empty()) out += std::format(" ({} quantiles)", r.quantiles.size());
  if (!r.scores.empty()) out += std::format(" (the scores of {} people)", r.scores.size());
  if (r.mean) out += std::format(" (mean {:g}, sd {:g})", *r.mean, *r.sd);
  return out;
}
}  // namespace

ScoreCounts score_counts(const Bundle& b) {
  ScoreCounts out;
  const std::vector<double> weights = weights_of(b);
  for (std::size_t i = 0; i < b.features.size(); ++i) {
    if (const auto* unscored = std::get_if<Unscored>(&b.features[i].what)) {
      ++out.unscored;
      ++out.by_why[unscored->why];
      out.unscored_weight += weights[i];
    }
    const auto* site = std::get_if<genome::Site>(&b.features[i].what);
    if (site == nullptr) continue;
    ++out.scored;
    if (!site->other_allele.empty()) ++out.with_other;
    if (site->reference != genome::ReferenceAllele::unknown) ++out.with_reference;
    if (const model::Polygenic* score = b.polygenic()) {
      ++out.by_effect[score->terms[i].effect];
      if (score->terms[i].expected) ++out.with_frequency;
    }
  }
  return out;
}

std::string summary(const Bundle& b) {
  const Manifest& m = b.manifest;
  std::string out;
  line(out, "model", m.name + " " + m.version);
  line(out, "digest", to_hex(b.digest));
  line(out, "", "");
  line(out, "what", m.description);
  line(out, "output",
       m.output + (m.output_value == OutputValue::margin    ? " (before the output transform)"
                   : m.output_value == OutputValue::average ? " (divided by the alleles that count)"
                                                            : ""));
  engine_lines(out, b);
  line(out, "build", name(m.build));
  line(out, "sites", b.variants().empty() ? "" : m.sites_public ? "public" : "not public");
  line(out, "coverage",
       std::format("no category below {:g} of the model by weight", static_cast<double>(m.coverage_gate)));
  for (const Category& c : m.categories)
    line(out, "category",
         c.below ? std::format("{}, below {:g}: {}", c.name, static_cast<double>(*c.below), c.words)
                 : std::format("{}, from there on: {}", c.name, c.words));
  if (m.reference) line(out, "reference", in_words(*m.reference));
  for (const ReferenceGroup& group : m.reference_groups)
    line(out, "group", group.label + ": " + in_words(group.reference));
  if (m.ancestry) {
    std::string names;
    for (const auto& c : m.ancestry->components) names += (names.empty() ? "" : ", ") + c.name;
    line(out, "ancestry", "Z_norm1 and Z_norm2 for who gives " + names);
  }
  line(out, "intended use", m.intended_use);
  for (const std::string& s : m.real) line(out, "real", s);
  for (const std::string& s : m.simulated) line(out, "simulated", s);
  line(out, "note", m.not_medical_device);
  line(out, "citation", m.citation);
  line(out, "licence", m.licence);
  return out;
}

}  // namespace glovebox::bundle
