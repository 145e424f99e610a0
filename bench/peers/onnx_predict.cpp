// onnx_predict MODEL ROWS FEATURES batch|single: ONNX Runtime's TreeEnsembleRegressor, on one thread. Resident
// (resident.h). The model is what bench/peers/to_onnx.py makes of XGBoost's.
#include <onnxruntime_cxx_api.h>

#include <array>

#include "resident.h"

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const std::size_t features = std::stoull(arguments[3]);
  const bool batch = bench::is_batch(arguments[4]);
  std::vector<float> rows = bench::values_of<float>(arguments[2]);
  const std::size_t all = rows.size() / features;
  std::vector<float> out(all);
  Ort::Env environment(ORT_LOGGING_LEVEL_ERROR);
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  Ort::Session session(environment, arguments[1], options);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const char *input = "rows", *output = "margins";
  const auto predict = [&](std::size_t first, std::size_t number) {
    const std::array<std::int64_t, 2> shape = {static_cast<std::int64_t>(number), static_cast<std::int64_t>(features)};
    const std::array<std::int64_t, 2> out_shape = {static_cast<std::int64_t>(number), 1};
    auto from = Ort::Value::CreateTensor<float>(memory, &rows[first * features], number * features, shape.data(), 2);
    auto to = Ort::Value::CreateTensor<float>(memory, &out[first], number, out_shape.data(), 2);
    session.Run(Ort::RunOptions{nullptr}, &input, &from, 1, &output, &to, 1);
  };
  std::size_t next = 0;
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
        if (batch) predict(0, all);
        for (std::size_t i = 0; !batch && i < all; ++i) predict(i, 1);
        return std::span<const float>(out);
      });
}
