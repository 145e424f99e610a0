#include "scoring/model_engine.h"

#include "engine/dosage_forest.h"
#include "engine/real_forest.h"
#include "engine/sum.h"
#include "engine/transform.h"

namespace glovebox::scoring {

struct ModelEngine::Engines {
  const bundle::Bundle& bundle;
  std::optional<engine::DosageForest> of_codes = {};
  std::optional<engine::RealForest> of_floats = {};
};

ModelEngine::ModelEngine(std::unique_ptr<const Engines> engines) : engines_(std::move(engines)) {}
ModelEngine::~ModelEngine() = default;
ModelEngine::ModelEngine(ModelEngine&&) noexcept = default;
ModelEngine& ModelEngine::operator=(ModelEngine&&) noexcept = default;

std::optional<std::uint8_t> ModelEngine::missing_code(const bundle::Feature& feature) {
  if (!feature.is_variant()) return std::nullopt;
  if (feature.missing.kind != bundle::Missing::Kind::number) return std::uint8_t{3};
  for (const int copies : {0, 1, 2})
    if (feature.missing.number == static_cast<float>(copies)) return static_cast<std::uint8_t>(copies);
  return std::nullopt;
}

Result<ModelEngine> ModelEngine::compile(const bundle::Bundle& bundle) {
  auto engines = std::make_unique<Engines>(Engines{.bundle = bundle});
  if (bundle.polygenic() == nullptr) {
    GLOVEBOX_TRY(of_floats, engine::RealForest::compile(bundle.ensemble()));
    engines->of_floats.emplace(std::move(of_floats));
    if (std::ranges::all_of(bundle.features, [](const auto& f) { return missing_code(f).has_value(); })) {
      GLOVEBOX_TRY(of_codes, engine::DosageForest::compile(bundle.ensemble()));
      engines->of_codes.emplace(std::move(of_codes));
    }
  }
  return ModelEngine(std::move(engines));
}

bool ModelEngine::takes_codes() const {
  return engines_->of_codes.has_value();
}

void ModelEngine::codes_row(std::span<const std::uint8_t> codes, std::span<float> margins,
                            std::span<float> predictions) const {
  engine::DosageWorkspace workspace(*engines_->of_codes, engine::best_path(), engine::DosageWorkspace::Rows::one);
  engines_->of_codes->row(codes, margins, workspace);
  engine::transform(engines_->bundle.ensemble().link, margins, predictions);
}

void ModelEngine::floats_row(std::span<const float> features, std::span<float> margins,
                             std::span<float> predictions) const {
  engine::RealWorkspace workspace(*engines_->of_floats, engine::best_path(), engine::RealWorkspace::Rows::one);
  engines_->of_floats->row(features, margins, workspace);
  engine::transform(engines_->bundle.ensemble().link, margins, predictions);
}

void ModelEngine::floats_rows(std::span<const float> features, std::size_t rows, std::span<float> margins,
                              std::span<float> predictions) const {
  if (rows == 1) return floats_row(features, margins, predictions);
  const model::Ensemble& ensemble = engines_->bundle.ensemble();
  engine::RealWorkspace workspace(*engines_->of_floats);
  engines_->of_floats->batch(features, rows, margins, workspace);
  for (std::size_t i = 0; i < rows; ++i)
    engine::transform(ensemble.link, margins.subspan(i * ensemble.groups, ensemble.groups),
                      predictions.subspan(i * ensemble.outputs(), ensemble.outputs()));
}

model::Sums ModelEngine::sum(std::span<const model::Dose> doses) const {
  return engine::exact_sums(*engines_->bundle.polygenic(), doses).sums;  // no dose that was read is `bad`
}

}  // namespace glovebox::scoring
