// layers: engine
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>

#include "engine/expf.h"
#include "engine/real_forest.h"
#include "engine/transform.h"
#include "model/load.h"
#include "named.h"

// The engine for real-valued features, on the model and the rows (float32, row by row) that GLOVEBOX_BENCH_MODEL and
// GLOVEBOX_BENCH_ROWS name; each with AVX2 and without.
namespace {

using namespace glovebox;
using bench::named;

struct Case {
  engine::RealForest forest;
  std::vector<float> values;
  std::size_t rows;
};

Result<Case> read_case() {
  GLOVEBOX_TRY(weights, named("GLOVEBOX_BENCH_MODEL"));
  GLOVEBOX_TRY(bytes, named("GLOVEBOX_BENCH_ROWS"));
  GLOVEBOX_TRY(ensemble, model::load(weights));
  GLOVEBOX_TRY(forest, engine::RealForest::compile(ensemble));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  const std::size_t rows = values.size() / forest.features();
  values.resize(rows * forest.features());
  return Case{std::move(forest), std::move(values), rows};
}

engine::Path path_of(const benchmark::State& state) {
  return state.range(0) == 0 ? engine::Path::portable : engine::best_path();
}

void real_rows(benchmark::State& state) {
  const auto c = read_case();
  if (!c) return state.SkipWithError(describe(c.error()).c_str());
  engine::RealWorkspace workspace(c->forest, path_of(state));
  std::vector<float> margins(c->rows * c->forest.groups());
  for (auto _ : state) {
    c->forest.batch(c->values, c->rows, margins, workspace);
    benchmark::DoNotOptimize(margins.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(c->rows));
}
BENCHMARK(real_rows)->ArgName("simd")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void real_row(benchmark::State& state) {
  const auto c = read_case();
  if (!c) return state.SkipWithError(describe(c.error()).c_str());
  engine::RealWorkspace workspace(c->forest, path_of(state));
  std::vector<float> margins(c->forest.groups());
  std::size_t row = 0;
  for (auto _ : state) {
    c->forest.row(std::span(c->values).subspan(row * c->forest.features(), c->forest.features()), margins, workspace);
    benchmark::DoNotOptimize(margins.data());
    row = (row + 1) % c->rows;
  }
}
BENCHMARK(real_row)->ArgName("simd")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void exponentials(benchmark::State& state) {
  std::vector<float> values(1024);
  for (auto _ : state) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 16 - 32;
    engine::exp_of(values, path_of(state));
    benchmark::DoNotOptimize(values.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}
BENCHMARK(exponentials)->ArgName("simd")->Arg(0)->Arg(1);

void logistic(benchmark::State& state) {
  const std::vector<float> margins(1024, 0.7F);
  std::vector<float> out(margins.size());
  for (auto _ : state) {
    engine::transform(model::Link::logistic, margins, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(margins.size()));
}
BENCHMARK(logistic);

}  // namespace
