#include "scoring/job.h"

#include "model/predict.h"
#include "scoring/leakage.h"
#include "scoring/report.h"

namespace glovebox::scoring {

struct Job::State {
  const bundle::Bundle& bundle;
  protocol::Parameters parameters;
  JobOptions options;
  PlainValues values;
  Tally tally;
  result::Report report;
  Matrix matrix;
  std::uint64_t below_gate = 0;  // rows
  std::unique_ptr<Input> input;
  Status status;

  std::size_t rows_max() const {
    return parameters.output_form == protocol::OutputForm::score ? 1 : std::size_t{1} << parameters.rows_class;
  }
  Status row(const Row& row);
};

Status Job::State::row(const Row& row) {
  if (report.rows.size() >= rows_max())
    return fail(
        Reject::too_large, "more than " + std::to_string(rows_max()) + (rows_max() == 1 ? " row" : " rows"),
        parameters.output_form == protocol::OutputForm::score ? "one row for one score" : "as many as the request says",
        parameters.output_form == protocol::OutputForm::score ? "ask for the output form `table`" : "");
  const double coverage = tally.add(row.hows);
  const bool covered = coverage >= static_cast<double>(bundle.manifest.coverage_gate);
  if (!covered) ++below_gate;
  result::Row scored{.id = std::string(row.id), .margins = {}, .predictions = {}};
  if (const model::Polygenic* score = bundle.polygenic()) {
    const model::Sums sums = model::sum_of(*score, row.doses);
    scored.sums = result::Sums{.sum = sums.sum_text(),
                               .denominator = sums.denominator,
                               .average = sums.average(),
                               .dosage_sum = sums.dosage_sum_text()};
    const bool average = bundle.manifest.output_value == bundle::OutputValue::average;
    const auto value = static_cast<float>(average ? sums.average() : model::to_double(sums.sum, model::sum_places));
    scored.margins = {value};
    scored.predictions = {value};
  } else {
    const model::Ensemble& ensemble = bundle.ensemble();
    scored.margins.resize(ensemble.groups);
    scored.predictions.resize(ensemble.outputs());
    model::predict_margin(ensemble, row.features, scored.margins);
    model::transform(ensemble, scored.margins, scored.predictions);
  }
  place(bundle, covered, report, scored);
  report.rows.push_back(std::move(scored));
  if (options.keep_features)
    matrix.rows.push_back(
        {std::string(row.id), {row.features.begin(), row.features.end()}, {row.hows.begin(), row.hows.end()}});
  return {};
}

Job::Job(std::unique_ptr<State> state) : state_(std::move(state)) {}
Job::~Job() = default;
Job::Job(Job&&) noexcept = default;
Job& Job::operator=(Job&&) noexcept = default;

Result<Job> Job::create(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                        const JobOptions& options) {
  GLOVEBOX_TRY(values, PlainValues::create(bundle, parameters.values));
  auto state = std::unique_ptr<State>(new State{.bundle = bundle,
                                                .parameters = parameters,
                                                .options = options,
                                                .values = std::move(values),
                                                .tally = Tally(bundle::weights_of(bundle)),
                                                .report = begin_report(bundle),
                                                .matrix = {},
                                                .input = {},
                                                .status = {}});
  if (options.keep_features)
    for (const auto& feature : bundle.features) state->matrix.names.push_back(feature.name);
  const InputSetup setup{.bundle = bundle,
                         .parameters = state->parameters,
                         .values = state->values,
                         .inflated_max = options.inflated_max,
                         .rows = [raw = state.get()](const Row& row) { return raw->row(row); }};
  switch (parameters.input) {
    case protocol::Input::vcf: {
      GLOVEBOX_TRY(input, genome_input(setup));
      state->input = std::move(input);
      break;
    }
    case protocol::Input::table: {
      GLOVEBOX_TRY(input, table_input(setup));
      state->input = std::move(input);
      break;
    }
    case protocol::Input::values: {
      GLOVEBOX_TRY(input, values_input(setup));
      state->input = std::move(input);
      break;
    }
  }
  return Job(std::move(state));
}

Status Job::feed(View piece) {
  if (state_->status) state_->status = state_->input->feed(piece);
  return state_->status;
}

Result<result::Report> Job::finish() {
  State& s = *state_;
  if (!s.status) return std::unexpected(s.status.error());
  GLOVEBOX_TRY(notes, s.input->finish());
  if (s.report.rows.empty()) return fail(Reject::table_malformed, "no rows", "at least one");
  end_report(s.bundle, s.parameters, s.tally, notes, s.below_gate, s.report);
  s.report.leakage = leakage(&s.parameters, s.options.size_class);
  return std::move(s.report);
}

const Matrix& Job::features() const {
  return state_->matrix;
}

}  // namespace glovebox::scoring
