// layers: model
// forest_side MODEL ROWS FEATURES WAY batch|single: one side of a comparison, the forests' engine, resident
// (peers/resident.h). WAY is `floats`, of float32 rows, or `codes`, of a byte for each dosage: 0, 1, 2 or 3 for
// missing.
#include <limits>

#include "base/file.h"
#include "model/load.h"
#include "model/predict.h"
#include "peers/resident.h"

using namespace glovebox;

int main(int count, char** arguments) {
  if (count != 6) return 2;
  const auto bytes = read_file(arguments[1], std::size_t{1} << 30);
  const auto model = bytes ? model::load(*bytes) : std::unexpected(bytes.error());
  if (!model) {
    std::cerr << "forest_side: " << describe(model.error()) << "\n";
    return 1;
  }
  const std::size_t features = std::stoull(arguments[3]);
  const bool batch = bench::is_batch(arguments[5]);
  std::vector<float> rows;
  if (std::string_view(arguments[4]) == "floats") {
    rows = bench::values_of<float>(arguments[2]);
  } else {
    for (const auto code : bench::values_of<std::uint8_t>(arguments[2]))
      rows.push_back(code > 2 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(code));
  }
  const std::size_t all = rows.size() / features;
  std::vector<float> out(all);
  std::size_t next = 0;
  const auto one = [&](std::size_t i) {
    model::predict_margin(*model, std::span(rows).subspan(i * features, features), std::span(out).subspan(i, 1));
  };
  const auto everything = [&] {
    for (std::size_t i = 0; i < all; ++i) one(i);
  };
  return bench::serve(
      [&] {
        if (batch) {
          everything();
        } else {
          one(next);
          next = (next + 1) % all;
        }
      },
      [&] {
        everything();
        return std::span<const float>(out);
      });
}
