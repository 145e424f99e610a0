// layers: base model
// max_len: 16384
#include <bit>
#include <cmath>
#include <vector>

#include "model/load.h"
#include "model/predict.h"
#include "property.h"

// What loads keeps Ensemble's promises, predicts from any row without leaving its memory, predicts the same when loaded
// again, and is refused when its end is missing.
using namespace glovebox;
using fuzz::require;

namespace {

std::vector<std::uint32_t> predictions(const model::Ensemble& m) {
  const float values[] = {0.0F, 1.0F, 2.0F, -3.5F, 1e30F, std::nanf(""), HUGE_VALF, -0.0F, 16777216.0F};
  std::vector<std::uint32_t> out;
  for (std::size_t shift = 0; shift < std::size(values); ++shift) {
    std::vector<float> row(m.features);
    for (std::size_t f = 0; f < row.size(); ++f) row[f] = values[(f + shift) % std::size(values)];
    std::vector<float> margins(m.groups);
    std::vector<float> outputs(m.outputs());
    model::predict_margin(m, row, margins);
    model::transform(m, margins, outputs);
    for (const float v : margins) out.push_back(std::bit_cast<std::uint32_t>(v));
    for (const float v : outputs) out.push_back(std::bit_cast<std::uint32_t>(v));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  const auto m = model::load(bytes);
  if (!m) return 0;
  for (const model::Tree& tree : m->trees)
    for (std::size_t n = 0; n < tree.nodes.size(); ++n) {
      const model::Node& node = tree.nodes[n];
      require(node.leaf() ? std::isfinite(node.value) : node.left > n && node.left + 1U < tree.nodes.size(),
              "children follow their parent, leaves are finite");
    }
  const std::uint8_t last = data[size - 1];  // white space, or UBJSON's no-op, may follow a model
  if (last == '}' || last == ']')
    require(!model::load(bytes.first(size - 1)), "a model without its last byte is refused");
  if (m->features > 65536) return 0;
  const auto again = model::load(bytes);
  require(again && predictions(*m) == predictions(*again), "a model loaded twice predicts the same");
  return 0;
}
