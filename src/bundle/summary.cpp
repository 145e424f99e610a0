#include <algorithm>
#include <format>

#include "bundle/bundle.h"

namespace glovebox::bundle {
namespace {
void line(std::string& out, std::string_view label, std::string_view text) {
  if (!text.empty()) out += std::format("{:<14}{}\n", label, text);
}
}  // namespace

std::string summary(const Bundle& b) {
  const Manifest& m = b.manifest;
  const model::Ensemble& e = b.ensemble;
  const std::size_t variants = b.variants().size();
  const auto used = std::ranges::count_if(split_counts(e), [](std::uint32_t n) { return n > 0; });
  std::string out;
  line(out, "model", m.name + " " + m.version);
  line(out, "digest", to_hex(b.digest));
  line(out, "", "");
  line(out, "what", m.description);
  line(out, "output", m.output + (m.output_value == OutputValue::margin ? " (before the output transform)" : ""));
  line(out, "features",
       std::format("{} variants, {} values; the trees use {} of them", variants, b.features.size() - variants, used));
  line(out, "build", name(m.build));
  line(out, "sites", variants == 0 ? "" : m.sites_public ? "public" : "not public");
  line(out, "weights",
       std::format("{}, XGBoost {}.{}.{}, {}, {} trees, {} nodes", b.weights_format, e.version.major, e.version.minor,
                   e.version.patch, e.objective, e.trees.size(), e.nodes()));
  line(out, "coverage",
       std::format("no category below {:g} of the model by weight", static_cast<double>(m.coverage_gate)));
  for (const Category& c : m.categories)
    line(out, "category",
         c.below ? std::format("{}, below {:g}: {}", c.name, static_cast<double>(*c.below), c.words)
                 : std::format("{}, from there on: {}", c.name, c.words));
  if (m.reference)
    line(out, "reference", std::format("{} ({} quantiles)", m.reference->name, m.reference->quantiles.size()));
  line(out, "intended use", m.intended_use);
  for (const std::string& s : m.real) line(out, "real", s);
  for (const std::string& s : m.simulated) line(out, "simulated", s);
  line(out, "note", m.not_medical_device);
  line(out, "citation", m.citation);
  line(out, "licence", m.licence);
  return out;
}

}  // namespace glovebox::bundle
