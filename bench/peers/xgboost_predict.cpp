// xgboost_predict MODEL ROWS FEATURES batch|single: libxgboost's in-place prediction of a dense matrix, on one thread,
// by its C API; margins. Resident (resident.h).
#include <xgboost/c_api.h>

#include <cmath>

#include "resident.h"

namespace {

void check(int code) {
  if (code == 0) return;
  std::cerr << "xgboost: " << XGBGetLastError() << "\n";
  std::exit(1);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const std::size_t features = std::stoull(arguments[3]);
  const bool batch = bench::is_batch(arguments[4]);
  BoosterHandle booster = nullptr;
  check(XGBoosterCreate(nullptr, 0, &booster));
  check(XGBoosterLoadModel(booster, arguments[1]));
  check(XGBoosterSetParam(booster, "nthread", "1"));
  const std::vector<float> rows = bench::values_of<float>(arguments[2]);
  const std::size_t all = rows.size() / features;
  const char* how =
      R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"cache_id":0,"missing":NaN})";
  const auto predict = [&](std::size_t first, std::size_t number) {
    char array[160];
    std::snprintf(array, sizeof array, R"({"data":[%zu,true],"shape":[%zu,%zu],"typestr":"<f4","version":3})",
                  reinterpret_cast<std::size_t>(&rows[first * features]), number, features);
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* margins = nullptr;
    check(XGBoosterPredictFromDense(booster, array, how, nullptr, &shape, &dimensions, &margins));
    return margins;
  };
  std::size_t next = 0;
  std::vector<float> out(all);
  return bench::serve(
      [&] {
        if (batch) {
          predict(0, all);
        } else {
          predict(next, 1);
          next = (next + 1) % all;
        }
      },
      [&] {
        if (batch) {
          std::copy_n(predict(0, all), all, out.begin());
        } else {
          for (std::size_t i = 0; i < all; ++i) out[i] = *predict(i, 1);
        }
        return std::span<const float>(out);
      });
}
