#include "scoring/job.h"

#include <algorithm>
#include <limits>

#include "model/predict.h"
#include "scoring/leakage.h"
#include "scoring/match_log.h"
#include "scoring/model_engine.h"
#include "scoring/report.h"
#include "scoring/standing.h"

namespace glovebox::scoring {
namespace {
constexpr std::size_t waiting_rows_max = 256;                     // as many as an engine takes at a time
constexpr std::size_t waiting_values_max = std::size_t{1} << 20;  // of all waiting rows together
}  // namespace

// Trees are evaluated on many rows at once: a row waits until there are enough, or the data ends.
struct Job::State {
  struct Waiting {
    std::string id;
    bool covered = false;
    std::optional<RowCounts> counts = {};  // of people
  };

  const bundle::Bundle& bundle;
  protocol::Parameters parameters;
  JobOptions options;
  PlainValues values;
  Standing standing;
  Tally tally;
  result::Report report;
  Matrix matrix;
  std::vector<RowCounts> row_counts = {};  // of people
  std::uint64_t below_gate = 0;            // rows
  std::unique_ptr<Input> input;
  Status status;
  std::vector<Waiting> waiting = {};
  std::vector<float> waiting_values = {};  // row by row

  std::size_t rows_max() const {
    return parameters.output_form == protocol::OutputForm::score ? 1 : std::size_t{1} << parameters.rows_class;
  }
  Status row(const Row& row);
  Status evaluate();  // the waiting rows
  Status say(Waiting row, Values said);
};

Status Job::State::row(const Row& row) {
  if (report.rows.size() + waiting.size() >= rows_max())
    return fail(
        Reject::too_large, "more than " + std::to_string(rows_max()) + (rows_max() == 1 ? " row" : " rows"),
        parameters.output_form == protocol::OutputForm::score ? "one row for one score" : "as many as the request says",
        parameters.output_form == protocol::OutputForm::score ? "ask for the output form `table`" : "");
  const double coverage = tally.add(row.hows);
  const bool covered = coverage >= static_cast<double>(bundle.manifest.coverage_gate);
  if (!covered) ++below_gate;
  if (options.keep_features)
    matrix.rows.push_back(
        {std::string(row.id), {row.features.begin(), row.features.end()}, {row.hows.begin(), row.hows.end()}});
  Waiting one{.id = std::string(row.id), .covered = covered};
  if (parameters.all_samples) one.counts = tally.of_row(row.hows);
  if (const model::Polygenic* polygenic = bundle.polygenic())
    return say(std::move(one), {.sums = options.engine != nullptr ? options.engine->sum(row.doses)
                                                                  : model::sum_of(*polygenic, row.doses)});
  waiting.push_back(std::move(one));
  waiting_values.insert(waiting_values.end(), row.features.begin(), row.features.end());
  const bool enough = waiting.size() == waiting_rows_max || waiting_values.size() >= waiting_values_max;
  return enough ? evaluate() : Status{};
}

Status Job::State::evaluate() {
  if (waiting.empty()) return {};
  const model::Ensemble& ensemble = bundle.ensemble();
  const std::size_t groups = ensemble.groups;
  const std::size_t outputs = ensemble.outputs();
  std::vector<float> margins(waiting.size() * groups);
  std::vector<float> predictions(waiting.size() * outputs);
  const auto of_row = [](std::vector<float>& all, std::size_t i, std::size_t size) {
    return std::span(all).subspan(i * size, size);
  };
  if (options.engine != nullptr) {
    options.engine->floats_rows(waiting_values, waiting.size(), margins, predictions);
  } else {
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      model::predict_margin(ensemble, of_row(waiting_values, i, ensemble.features), of_row(margins, i, groups));
      model::transform(ensemble, of_row(margins, i, groups), of_row(predictions, i, outputs));
    }
  }
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const auto m = of_row(margins, i, groups);
    const auto p = of_row(predictions, i, outputs);
    GLOVEBOX_CHECK(say(std::move(waiting[i]), {.margins = {m.begin(), m.end()}, .predictions = {p.begin(), p.end()}}));
  }
  waiting.clear();
  waiting_values.clear();
  return {};
}

Status Job::State::say(Waiting row, Values said) {
  GLOVEBOX_TRY(scored, result_row(bundle, standing, row.id, std::move(said), row.covered, report.categories));
  if (row.counts) row_counts.push_back(*row.counts);
  report.rows.push_back(std::move(scored));
  return {};
}

// check_match_log refuses a log of another size than the model's: the answer's size would tell of something else.
static Status check_match_log(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                              const JobOptions& options) {
  if (!parameters.match_log || options.any_match_log) return {};
  GLOVEBOX_TRY(rows_class, match_log_class(bundle));
  if (rows_class == parameters.rows_class) return {};
  return fail(Reject::request_mismatch, "rows class " + std::to_string(parameters.rows_class) + " for a match log",
              std::to_string(rows_class) + ", as many as the model has sites");
}

Job::Job(std::unique_ptr<State> state) : state_(std::move(state)) {}
Job::~Job() = default;
Job::Job(Job&&) noexcept = default;
Job& Job::operator=(Job&&) noexcept = default;

Result<Job> Job::create(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                        const JobOptions& options) {
  GLOVEBOX_TRY(values, PlainValues::create(bundle, parameters.values));
  GLOVEBOX_TRY(standing, Standing::create(bundle.manifest, parameters.values));
  const bundle::Reference* reference = standing.reference();
  GLOVEBOX_CHECK(check_match_log(bundle, parameters, options));
  auto state = std::unique_ptr<State>(new State{.bundle = bundle,
                                                .parameters = parameters,
                                                .options = options,
                                                .values = std::move(values),
                                                .standing = std::move(standing),
                                                .tally = Tally(bundle::weights_of(bundle)),
                                                .report = begin_report(bundle, reference),
                                                .matrix = {},
                                                .input = {},
                                                .status = {}});
  if (options.keep_features)
    for (const auto& feature : bundle.features) state->matrix.names.push_back(feature.name);
  const InputSetup setup{.bundle = bundle,
                         .parameters = state->parameters,
                         .values = state->values,
                         .inflated_max = options.inflated_max,
                         .match_log_room = options.any_match_log ? std::numeric_limits<std::size_t>::max()
                                                                 : match_log_line_max << parameters.rows_class,
                         .rows = [raw = state.get()](const Row& row) { return raw->row(row); },
                         .reference_reader = options.reference_reader,
                         .cohort_bytes_max = options.cohort_bytes_max,
                         .threads = options.threads,
                         .workers = options.workers};
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
    case protocol::Input::slice:
      return fail(Reject::usage, "a slice", "a file or values: a slice is scored as it is (slice_score.h)");
  }
  return Job(std::move(state));
}

Status Job::callable(View piece) {
  if (state_->status) state_->status = state_->input->callable(piece);
  return state_->status;
}

Status Job::feed(View piece) {
  State& s = *state_;
  if (!s.status) return s.status;
  s.status = s.input->feed(piece);
  if (!s.status)  // what is wrong with a row before this one is said first
    if (const Status before = s.evaluate(); !before) s.status = before;
  return s.status;
}

Result<result::Report> Job::finish() {
  State& s = *state_;
  if (!s.status) return std::unexpected(s.status.error());
  auto notes_or = s.input->finish();
  GLOVEBOX_CHECK(s.evaluate());
  GLOVEBOX_TRY(notes, std::move(notes_or));
  if (s.report.rows.empty()) return fail(Reject::table_malformed, "no rows", "at least one");
  if (const auto warning = s.standing.warning()) notes.warnings.push_back(*warning);
  end_report(s.bundle, s.parameters, s.tally, notes, s.below_gate, s.report);
  if (s.parameters.all_samples) add_row_qualities(s.row_counts, s.tally, s.report);
  s.report.leakage = leakage(&s.parameters, s.options.size_class);
  return std::move(s.report);
}

const Matrix& Job::features() const {
  return state_->matrix;
}

}  // namespace glovebox::scoring
