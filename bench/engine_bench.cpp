// layers: model engine
#include <benchmark/benchmark.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "engine/dosage_forest.h"
#include "model/load.h"
#include "model/predict.h"
#include "named.h"

// The constant-trace forest over dosages. bench/table.py names the model by GLOVEBOX_BENCH_MODEL and the rows (float32,
// row by row, each value 0, 1, 2 or NaN) by GLOVEBOX_BENCH_ROWS. GLOVEBOX_BENCH_PATH=portable leaves AVX2 unused.
namespace {
using namespace glovebox;
using bench::named;

struct Work {
  model::Ensemble model;
  engine::DosageForest forest;
  engine::DosageWorkspace workspace;
  std::vector<std::uint8_t> codes;
  std::vector<std::uint64_t> lo, hi;
  std::size_t rows = 0;
  std::size_t stride = 0;
  std::vector<float> margins;
};

Result<Work> prepare() {
  GLOVEBOX_TRY(weights, named("GLOVEBOX_BENCH_MODEL"));
  GLOVEBOX_TRY(bytes, named("GLOVEBOX_BENCH_ROWS"));
  GLOVEBOX_TRY(model, model::load(weights));
  GLOVEBOX_TRY(forest, engine::DosageForest::compile(model));
  const char* path = std::getenv("GLOVEBOX_BENCH_PATH");
  const bool portable = path != nullptr && std::string_view(path) == "portable";
  engine::DosageWorkspace workspace(forest, portable ? engine::Path::portable : engine::best_path());
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  const std::size_t features = model.features;
  const std::size_t rows = values.size() / features;
  const std::size_t groups = model.groups;
  const std::size_t stride = (rows + 255) / 256 * 4;
  Work work{.model = std::move(model),
            .forest = std::move(forest),
            .workspace = std::move(workspace),
            .codes = std::vector<std::uint8_t>(rows * features),
            .lo = std::vector<std::uint64_t>(features * stride),
            .hi = std::vector<std::uint64_t>(features * stride),
            .rows = rows,
            .stride = stride,
            .margins = std::vector<float>(rows * groups)};
  std::vector<float> expected(groups);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t f = 0; f < features; ++f) {
      const float v = values[r * features + f];
      const auto code = std::isnan(v) ? std::uint8_t{3} : static_cast<std::uint8_t>(v);
      work.codes[r * features + f] = code;
      const std::uint64_t wide = code;
      work.lo[f * stride + r / 64] |= (wide & 1) << (r % 64);
      work.hi[f * stride + r / 64] |= wide >> 1 << (r % 64);
    }
  work.forest.batch_row_major(work.codes, rows, work.margins, work.workspace);
  for (std::size_t r = 0; r < rows; r += 97) {
    model::predict_margin(work.model, std::span(values).subspan(r * features, features), expected);
    for (std::size_t g = 0; g < expected.size(); ++g)
      if (std::bit_cast<std::uint32_t>(expected[g]) !=
          std::bit_cast<std::uint32_t>(work.margins[r * expected.size() + g]))
        return fail(Reject::internal, "margins that differ from the reference's");
  }
  return work;
}

Work* work(benchmark::State& state) {
  static Result<Work> made = prepare();
  if (made) return &*made;
  state.SkipWithError(describe(made.error()).c_str());
  return nullptr;
}

void finish(benchmark::State& state, std::size_t rows) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

void dosage_row(benchmark::State& state) {
  Work* w = work(state);
  if (w == nullptr) return;
  const std::size_t features = w->model.features;
  std::size_t r = 0;
  for (auto _ : state) {
    w->forest.row(std::span(w->codes).subspan(r * features, features), std::span(w->margins).first(w->model.groups),
                  w->workspace);
    benchmark::DoNotOptimize(w->margins.data());
    r = r + 1 == w->rows ? 0 : r + 1;
  }
  finish(state, 1);
}
BENCHMARK(dosage_row)->Unit(benchmark::kMicrosecond);

void dosage_batch_row_major(benchmark::State& state) {
  Work* w = work(state);
  if (w == nullptr) return;
  for (auto _ : state) {
    w->forest.batch_row_major(w->codes, w->rows, w->margins, w->workspace);
    benchmark::DoNotOptimize(w->margins.data());
  }
  finish(state, w->rows);
}
BENCHMARK(dosage_batch_row_major)->Unit(benchmark::kMillisecond);

void dosage_batch_planes(benchmark::State& state) {
  Work* w = work(state);
  if (w == nullptr) return;
  for (auto _ : state) {
    w->forest.batch_planes(w->lo, w->hi, w->stride, w->rows, w->margins, w->workspace);
    benchmark::DoNotOptimize(w->margins.data());
  }
  finish(state, w->rows);
}
BENCHMARK(dosage_batch_planes)->Unit(benchmark::kMillisecond);

void dosage_compile(benchmark::State& state) {
  Work* w = work(state);
  if (w == nullptr) return;
  for (auto _ : state) {
    auto forest = engine::DosageForest::compile(w->model);
    benchmark::DoNotOptimize(forest);
    state.counters["bytes"] = static_cast<double>(forest->bytes());
  }
}
BENCHMARK(dosage_compile)->Unit(benchmark::kMillisecond);

}  // namespace
