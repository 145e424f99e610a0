// layers: genome model
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

#include "genome/reader.h"
#include "model/load.h"
#include "model/predict.h"
#include "named.h"

// The two references, which are clear and slow: the predictor and the VCF reader. bench/table.py makes their input and
// names it by GLOVEBOX_BENCH_MODEL, GLOVEBOX_BENCH_ROWS (float32, row by row), GLOVEBOX_BENCH_VCF and
// GLOVEBOX_BENCH_SITES.
namespace {

using namespace glovebox;
using bench::named;

void predict_rows(benchmark::State& state) {
  const auto weights = named("GLOVEBOX_BENCH_MODEL");
  const auto rows = named("GLOVEBOX_BENCH_ROWS");
  if (!weights || !rows) {
    state.SkipWithError("no model and rows");
    return;
  }
  const auto model = model::load(*weights);
  if (!model) {
    state.SkipWithError("the model does not load");
    return;
  }
  std::vector<float> values(rows->size() / sizeof(float));
  std::memcpy(values.data(), rows->data(), values.size() * sizeof(float));
  const std::size_t count = values.size() / model->features;
  std::vector<float> margins(model->groups);
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; ++i)
      model::predict_margin(*model, std::span(values).subspan(i * model->features, model->features), margins);
    benchmark::DoNotOptimize(margins.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}
BENCHMARK(predict_rows)->Unit(benchmark::kMillisecond);

// Sites are lines of chromosome, position, effect allele and other allele.
Result<genome::Panel> panel() {
  GLOVEBOX_TRY(text, named("GLOVEBOX_BENCH_SITES"));
  std::istringstream in{std::string(text_of(text))};
  std::vector<genome::Site> sites;
  std::string chromosome;
  genome::Site site;
  while (in >> chromosome >> site.position >> site.effect_allele >> site.other_allele) {
    const auto known = genome::chromosome_of(chromosome);
    if (!known) return fail(Reject::file_unreadable, chromosome);
    site.chromosome = *known;
    sites.push_back(site);
  }
  return genome::Panel::create(genome::Build::grch37, std::move(sites));
}

void extract_dosages(benchmark::State& state) {
  const auto file = named("GLOVEBOX_BENCH_VCF");
  const auto sites = panel();
  const char* sample = std::getenv("GLOVEBOX_BENCH_SAMPLE");
  if (!file || !sites || sample == nullptr) {
    state.SkipWithError("no VCF and sites");
    return;
  }
  for (auto _ : state) {
    genome::Extraction extraction(
        *sites, {.build = genome::Build::grch37, .rules = {.absence = genome::Absence::missing}, .sample = sample});
    const Status fed = extraction.feed(*file);
    const auto extracted = extraction.finish();
    if (!fed || !extracted) {
      state.SkipWithError(describe(extracted.error()).c_str());
      break;
    }
    state.counters["sites"] = static_cast<double>(extracted->dosages.count(genome::Outcome::matched));
  }
}
BENCHMARK(extract_dosages)->Unit(benchmark::kMillisecond);

}  // namespace
