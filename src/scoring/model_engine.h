// model_engine.h: the model's arithmetic, with a constant trace: margins, predictions, exact sums. The one place that
// knows which engine does it.
#pragma once
#include <memory>

#include "bundle/bundle.h"

namespace glovebox::scoring {

class ModelEngine {
 public:
  // compile makes the engines of a model: too_large, of the engines'. The bundle must outlive it.
  static Result<ModelEngine> compile(const bundle::Bundle& bundle);
  ~ModelEngine();
  ModelEngine(ModelEngine&&) noexcept;
  ModelEngine& operator=(ModelEngine&&) noexcept;

  // takes_codes says that a row of whole copies can be given as codes: 0, 1, 2, and 3 for missing, which then is
  // missing_code of a feature.
  bool takes_codes() const;
  static std::optional<std::uint8_t> missing_code(const bundle::Feature& feature);
  // The row functions evaluate an ensemble on one row, in the model's order.
  void codes_row(std::span<const std::uint8_t> codes, std::span<float> margins, std::span<float> predictions) const;
  void floats_row(std::span<const float> features, std::span<float> margins, std::span<float> predictions) const;
  // floats_rows evaluates it on `rows` rows, one after the other: so many margins and predictions, row by row.
  void floats_rows(std::span<const float> features, std::size_t rows, std::span<float> margins,
                   std::span<float> predictions) const;
  // sum evaluates a polygenic score.
  model::Sums sum(std::span<const model::Dose> doses) const;

 private:
  struct Engines;
  explicit ModelEngine(std::unique_ptr<const Engines> engines);
  std::unique_ptr<const Engines> engines_;
};

}  // namespace glovebox::scoring
