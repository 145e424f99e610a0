#include "scoring/slicing.h"

#include <limits>

#include "scoring/leakage.h"
#include "scoring/report.h"

namespace glovebox::scoring {
static_assert(result::measured_outcomes == hows_end);

struct Slicing::State {
  const bundle::Bundle& bundle;
  protocol::Parameters parameters;
  PlainValues values;
  std::optional<InputSetup> setup = {};
  std::unique_ptr<Input> input = {};
  Status status = {};
  Sliced made = {};

  Status row(const Row& row);
  Result<Sliced> end(Result<Notes> notes);
};

Status Slicing::State::row(const Row& row) {
  GLOVEBOX_TRY(slice, protocol::encode_slice(kind_of(parameters), bundle.digest, row.records));
  made.slice = std::move(slice);
  made.id = row.id;
  made.asked = row.hows.size();
  made.used = static_cast<std::uint64_t>(std::ranges::count_if(row.hows, counts_as_used));
  return {};
}

Result<Sliced> Slicing::State::end(Result<Notes> notes) {
  if (!notes) return same(notes);
  GLOVEBOX_TRY(standing, Standing::create(bundle.manifest, parameters.values));
  if (const auto warning = standing.warning()) notes->warnings.push_back(*warning);
  made.notes = std::move(*notes);
  return std::move(made);
}

Slicing::Slicing(std::unique_ptr<State> state) : state_(std::move(state)) {}
Slicing::~Slicing() = default;
Slicing::Slicing(Slicing&&) noexcept = default;
Slicing& Slicing::operator=(Slicing&&) noexcept = default;

Result<Slicing> Slicing::create(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                                const SlicingOptions& options) {
  GLOVEBOX_CHECK(protocol::Parameters::parse(parameters.encode()));  // what no request could say, no slice is made of
  GLOVEBOX_TRY(values, PlainValues::create(bundle, parameters.values));
  GLOVEBOX_CHECK(Standing::create(bundle.manifest, parameters.values));
  auto state =
      std::unique_ptr<State>(new State{.bundle = bundle, .parameters = parameters, .values = std::move(values)});
  state->setup.emplace(InputSetup{.bundle = bundle,
                                  .parameters = state->parameters,
                                  .values = state->values,
                                  .inflated_max = options.inflated_max,
                                  .match_log_room = std::numeric_limits<std::size_t>::max(),
                                  .rows = [raw = state.get()](const Row& row) { return raw->row(row); },
                                  .threads = options.threads});
  if (parameters.all_samples) return fail(Reject::usage, "a slice of all samples", "one person's");
  if (parameters.input == protocol::Input::vcf) {
    GLOVEBOX_TRY(input, genome_input(*state->setup));
    state->input = std::move(input);
  } else if (parameters.input == protocol::Input::values) {
    GLOVEBOX_TRY(input, values_input(*state->setup));
    state->input = std::move(input);
  } else {
    return fail(Reject::usage, "a slice of a " + std::string(protocol::name(parameters.input)), "a VCF, or values",
                "a table is sent whole");
  }
  return Slicing(std::move(state));
}

Status Slicing::callable(View piece) {
  if (state_->status) state_->status = state_->input->callable(piece);
  return state_->status;
}

Status Slicing::feed(View piece) {
  if (state_->status) state_->status = state_->input->feed(piece);
  return state_->status;
}

Result<Sliced> Slicing::finish() {
  if (!state_->status) return std::unexpected(state_->status.error());
  return state_->end(state_->input->finish());
}

Result<std::optional<Sliced>> Slicing::finish_by(const GenomeReader& reader) {
  if (!state_->status) return std::unexpected(state_->status.error());
  GLOVEBOX_TRY(notes, state_->input->read_by(reader));
  if (!notes) return std::optional<Sliced>{};
  GLOVEBOX_TRY(made, state_->end(std::move(*notes)));
  return std::optional<Sliced>(std::move(made));
}

protocol::SliceKind kind_of(const protocol::Parameters& parameters) {
  const bool hard =
      parameters.dosage == protocol::DosageField::gt && parameters.absence != protocol::Absence::frequency;
  return hard ? protocol::SliceKind::hard : protocol::SliceKind::fractional;
}

result::Shape shape_of(const bundle::Bundle& bundle) {
  if (bundle.polygenic() != nullptr) return {};  // its sums are all of it
  return {.groups = bundle.groups(), .outputs = bundle.outputs()};
}

namespace {
Status check_status(const result::Measured& measured) {
  if (measured.status == result::measured_good) return {};
  const auto refused = [](Reject reason, std::string found) {
    return fail(reason, "a slice with " + std::move(found), "what this version of glovebox makes of a file");
  };
  if ((measured.status & result::measured_record_invalid) != 0)
    return refused(Reject::malformed, "a record that has not its form");
  if ((measured.status & result::measured_value_missing) != 0)
    return refused(Reject::value_missing, "nothing where the model needs a value");
  return refused(Reject::value_out_of_range, "a value outside the model's range");
}

Values values_of(const bundle::Bundle& bundle, const result::Measured& measured) {
  if (bundle.polygenic() == nullptr) return {.margins = measured.margins, .predictions = measured.predictions};
  __extension__ typedef unsigned __int128 Unsigned128;
  const Unsigned128 sum = (static_cast<Unsigned128>(measured.sum[1]) << 64) | measured.sum[0];
  return {.sums = model::Sums{.sum = static_cast<model::Int128>(sum),
                              .denominator = measured.denominator,
                              .dosage_sum = measured.dosage_sum}};
}
}  // namespace

Result<result::Report> expand(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                              const Sliced& sliced, const result::Measured& measured) {
  GLOVEBOX_CHECK(check_status(measured));
  GLOVEBOX_TRY(standing, Standing::create(bundle.manifest, parameters.values));
  result::Report report = begin_report(bundle, standing.reference());
  GLOVEBOX_TRY(
      row, result_row(bundle, standing, sliced.id, values_of(bundle, measured), measured.covered, report.categories));
  report.rows.push_back(std::move(row));
  std::array<std::uint64_t, hows_end> numbers{};
  std::array<double, hows_end> shares{};
  for (std::size_t i = 0; i < hows_end; ++i) {
    numbers[i] = measured.counts[i].number;
    shares[i] = measured.counts[i].weight;
  }
  end_report(bundle, parameters, Tally::of_one(numbers, shares), sliced.notes, measured.covered ? 0 : 1, report);
  report.leakage = leakage_of_slice();
  return report;
}

}  // namespace glovebox::scoring
