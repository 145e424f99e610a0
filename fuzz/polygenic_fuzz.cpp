// layers: base model
// max_len: 8192
#include <algorithm>

#include "model/polygenic.h"
#include "property.h"

// What loads has sums that do not overflow, do not depend on the order of terms, and are written as they are read.
using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto loaded = model::load_polygenic(View(data, size));
  if (!loaded) return 0;
  require(loaded->names.size() == loaded->terms.size(), "a name for each term");
  std::vector<model::TermText> texts;
  for (std::size_t i = 0; i < loaded->terms.size(); ++i)
    texts.push_back({.name = loaded->names[i], .effect = loaded->terms[i].effect, .weights = loaded->terms[i].weights});
  const auto rewritten = model::load_polygenic(model::encode_polygenic(texts));
  require(rewritten && rewritten->names == loaded->names, "what was read can be written");
  for (std::size_t i = 0; i < texts.size(); ++i)
    require(rewritten->terms[i].weights == loaded->terms[i].weights &&
                rewritten->terms[i].effect == loaded->terms[i].effect,
            "and reads as the same weights");
  std::vector<model::Dose> doses(loaded->terms.size());
  for (std::size_t i = 0; i < doses.size(); ++i) {
    const unsigned draw = data[i % size] + static_cast<unsigned>(i) * 37U;
    doses[i] = {.dosage = static_cast<std::int32_t>(draw % 8 == 0   ? -1
                                                    : draw % 8 == 1 ? static_cast<int>(draw * 7'919U % 2'000'001U)
                                                                    : static_cast<int>(draw % 3) * model::dosage_unit),
                .alleles = static_cast<std::uint8_t>(1 + draw % 2),
                .expected = draw % 11 == 0};
  }
  const model::Sums forward = model::sum_of(*loaded, doses);
  std::ranges::reverse(loaded->terms);
  std::ranges::reverse(doses);
  const model::Sums backward = model::sum_of(*loaded, doses);
  require(forward.sum == backward.sum && forward.denominator == backward.denominator &&
              forward.dosage_sum == backward.dosage_sum,
          "the order of terms does not matter");
  const model::Int128 most = 2 * model::weight_total_max * model::dosage_unit;
  require(forward.sum <= most && -forward.sum <= most, "a sum is within its bound");
  const auto again = model::parse_decimal(forward.sum_text(), model::sum_places, most);
  require(again && again->units == forward.sum, "a sum is written exactly");
  return 0;
}
