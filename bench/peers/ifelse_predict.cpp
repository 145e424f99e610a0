// ifelse_predict ROWS FEATURES batch|single, linked with what bench/peers/to_ifelse.py makes of a model. Resident
// (resident.h).
#include "resident.h"

extern "C" float forest(const float* row);

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::vector<float> rows = bench::values_of<float>(arguments[1]);
  const std::size_t features = std::stoull(arguments[2]), all = rows.size() / features;
  const bool batch = bench::is_batch(arguments[3]);
  std::vector<float> out(all);
  std::size_t next = 0;
  const auto everything = [&] {
    for (std::size_t i = 0; i < all; ++i) out[i] = forest(&rows[i * features]);
  };
  return bench::serve(
      [&] {
        if (batch) {
          everything();
        } else {
          out[next] = forest(&rows[next * features]);
          next = (next + 1) % all;
        }
      },
      [&] {
        everything();
        return std::span<const float>(out);
      });
}
