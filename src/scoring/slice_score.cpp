#include "scoring/slice_score.h"

#include <limits>

#include "scoring/masks.h"
#include "scoring/row.h"
#include "scoring/slicing.h"

namespace glovebox::scoring {
namespace {
using masks::Mask;

// Slot is what the model says of one feature: how its record is read. Public, so code may branch on it.
struct Slot {
  enum class Form : std::uint8_t { site, value, unscored };
  Form form = Form::site;
  bool refuses = false;               // nothing there is a refusal
  std::uint8_t missing_code = 3;      // the code that stands for nothing
  bool additive = true;               // a term that takes an expected dosage
  bool whole = false;                 // a term, or a list of levels, that takes whole numbers alone
  std::uint32_t missing = 0;          // the float32 that stands for nothing
  std::uint64_t least = 0, most = 0;  // of a value, in masks::order
};

constexpr std::uint32_t bits_of(float v) {
  return std::bit_cast<std::uint32_t>(v);
}

Slot slot_of(const bundle::Feature& feature, const model::Term* term) {
  using Kind = bundle::Missing::Kind;
  Slot out;
  out.refuses = feature.missing.kind == Kind::refuse;
  out.missing =
      bits_of(feature.missing.kind == Kind::number ? feature.missing.number : std::numeric_limits<float>::quiet_NaN());
  out.missing_code = ModelEngine::missing_code(feature).value_or(3);
  if (term != nullptr) {
    out.additive = term->effect == model::Effect::additive;
    out.whole = term->effect == model::Effect::by_count;
  }
  if (std::holds_alternative<bundle::Unscored>(feature.what)) out.form = Slot::Form::unscored;
  if (const auto* value = std::get_if<bundle::Value>(&feature.what)) {
    out.form = Slot::Form::value;
    constexpr float far = std::numeric_limits<float>::max();
    float least = value->min.value_or(-far);
    float most = value->max.value_or(far);
    if (!value->levels.empty()) {
      out.whole = true;
      least = 0;
      most = static_cast<float>(value->levels.size() - 1);
    }
    out.least = masks::order(bits_of(least));
    out.most = masks::order(bits_of(most));
  }
  return out;
}

// gives_set holds the outcomes with a dosage, one bit each.
std::uint64_t gives_set() {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < genome::outcomes_end; ++i)
    out |= std::uint64_t{genome::gives_dosage(static_cast<genome::Outcome>(i))} << i;
  return out;
}
std::uint64_t used_set() {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < hows_end; ++i) out |= std::uint64_t{counts_as_used(static_cast<How>(i))} << i;
  return out;
}

// Read is what the records say, as the engine takes it. A record that is not good is read as nothing.
struct Read {
  std::vector<float> features;      // of trees
  std::vector<std::uint8_t> codes;  // the same of whole copies, where the engine takes them
  std::vector<model::Dose> doses;   // of a polygenic score
  std::uint64_t status = 0;
};

// Raw is a record's fields, as they stand.
struct Raw {
  std::uint64_t number = 0, alleles = 0, how = 0, rest = 0;
};
Raw raw_at(View records, std::size_t i) {
  const std::uint8_t* p = records.data() + i * protocol::slice_record_size;
  Raw out;
  for (unsigned k = 0; k < 4; ++k) out.number |= std::uint64_t{p[k]} << (8 * k);
  out.alleles = p[4];
  out.how = p[5];
  out.rest = std::uint64_t{p[6]} | p[7];
  return out;
}

constexpr std::uint64_t nothing = 0xffffffff;  // slice_missing, as u32
constexpr std::uint64_t unit = model::dosage_unit;

// Site is a variant's record, read.
struct Site {
  std::uint32_t number = 0;  // copies in millionths; nothing
  Mask is_nothing = 0;
  Mask expected = 0;
};
Site read_site(const Slot& slot, const Raw& raw, bool hard, std::uint64_t gives, std::uint64_t& status) {
  using namespace masks;
  const Mask missing = same(raw.number, nothing);
  const Mask expected = same(raw.how, how(genome::Outcome::frequency_assumed));
  const Mask is_outcome = below(raw.how, genome::outcomes_end);
  const Mask has_dosage = bit(gives, raw.how & 31);
  const Mask whole = same(raw.number, 0) | same(raw.number, unit) | same(raw.number, 2 * unit);
  Mask good_missing = missing & ~has_dosage & same(raw.alleles, 0);
  Mask good_number =
      ~missing & has_dosage & below(raw.number, 2 * unit + 1) & (same(raw.alleles, 1) | same(raw.alleles, 2));
  if (hard || slot.whole) good_number &= whole;
  if (!slot.additive) good_number &= ~expected;
  if (slot.form == Slot::Form::unscored) {
    good_number = 0;
    good_missing &= same(raw.how, how(genome::Outcome::unsupported));
  }
  const Mask good = is_outcome & same(raw.rest, 0) & (good_missing | good_number);
  status |= ~good & result::measured_record_invalid;
  if (slot.refuses && slot.form == Slot::Form::site) status |= good & missing & result::measured_value_missing;
  const Mask is_nothing = ~(good & good_number);
  return {.number = static_cast<std::uint32_t>(choose(is_nothing, nothing, raw.number)),
          .is_nothing = is_nothing,
          .expected = expected & ~is_nothing};
}

std::uint32_t read_value(const Slot& slot, const Raw& raw, std::uint64_t& status) {
  using namespace masks;
  const auto bits = static_cast<std::uint32_t>(raw.number);
  const Mask given = same(raw.how, how_value);
  const Mask missing = same(raw.how, how_value_missing);
  const Mask is_number = below(bits & 0x7fffffffU, 0x7f800000U);  // neither a NaN nor infinite
  const std::uint64_t place = order(bits);
  Mask in_range = is_number & ~below(place, slot.least) & ~below(slot.most, place);
  if (slot.whole) {  // 0 to most, which an int holds: anything else is 0 here, and refused anyway
    const auto small = std::bit_cast<float>(static_cast<std::uint32_t>(bits & in_range));
    in_range &= same(bits_of(static_cast<float>(static_cast<std::int32_t>(small)) + 0.0F), bits_of(small + 0.0F));
  }
  const Mask form = same(raw.rest | raw.alleles, 0) & (given | (missing & same(bits, slot.missing)));
  status |= ~form & result::measured_record_invalid;
  status |= form & given & ~in_range & result::measured_value_range;
  if (slot.refuses) status |= missing & result::measured_value_missing;
  return static_cast<std::uint32_t>(choose(form & given & in_range, bits, slot.missing));
}

// As is how the engine takes a row.
enum class As { codes, floats, doses };

Read read_records(const std::vector<Slot>& slots, View records, bool hard, As as) {
  static const std::uint64_t gives = gives_set();
  Read out;
  if (as == As::doses) out.doses.resize(slots.size());
  if (as == As::floats) out.features.resize(slots.size());
  if (as == As::codes) out.codes.resize(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = slots[i];
    const Raw raw = raw_at(records, i);
    if (slot.form == Slot::Form::value) {
      out.features[i] = std::bit_cast<float>(read_value(slot, raw, out.status));
      continue;
    }
    const Site site = read_site(slot, raw, hard, gives, out.status);
    if (as == As::doses) {
      out.doses[i] = {.dosage = static_cast<std::int32_t>(site.number),
                      .alleles = static_cast<std::uint8_t>(raw.alleles & ~site.is_nothing),
                      .expected = (site.expected & 1) != 0};
      continue;
    }
    const auto copies = static_cast<std::int32_t>(site.number & ~site.is_nothing);
    if (as == As::codes) {  // 0, one unit or two: bit 19 is one's alone, bit 20 two's
      static_assert((unit >> 19 & 3) == 1 && (2 * unit >> 19 & 3) == 3);
      const auto code = (static_cast<std::uint32_t>(copies) >> 19 & 1) + (static_cast<std::uint32_t>(copies) >> 20 & 1);
      out.codes[i] = static_cast<std::uint8_t>(masks::choose(site.is_nothing, slot.missing_code, code));
      continue;
    }
    const float value = masks::copies_of(copies);
    out.features[i] =
        std::bit_cast<float>(static_cast<std::uint32_t>(masks::choose(site.is_nothing, slot.missing, bits_of(value))));
  }
  return out;
}

// tally adds up what Tally does, in its order: a weight where a feature came about so, and else 0, which changes
// nothing.
void tally(const std::vector<double>& weights, View records, result::Measured& out) {
  static const std::uint64_t used_hows = used_set();
  const auto masked = [](Mask m, double weight) {
    return std::bit_cast<double>(m & std::bit_cast<std::uint64_t>(weight));
  };
  double used = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint64_t how = raw_at(records, i).how;
    used += masked(masks::bit(used_hows, how & 31) & masks::below(how, hows_end), weights[i]);
    for (std::size_t k = 0; k < hows_end; ++k) {
      const Mask here = masks::same(how, k);
      out.counts[k].number += here & 1;
      out.counts[k].weight += masked(here, weights[i]);
    }
  }
  const Mask beyond = masks::below(std::bit_cast<std::uint64_t>(1.0), std::bit_cast<std::uint64_t>(used));
  out.coverage = std::bit_cast<double>(
      masks::choose(beyond, std::bit_cast<std::uint64_t>(1.0), std::bit_cast<std::uint64_t>(used)));
}

}  // namespace

struct SliceModel::State {
  const bundle::Bundle& bundle;
  std::vector<Slot> slots = {};
  std::vector<double> weights = {};
  ModelEngine engine;
};

SliceModel::SliceModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
SliceModel::~SliceModel() = default;
SliceModel::SliceModel(SliceModel&&) noexcept = default;
SliceModel& SliceModel::operator=(SliceModel&&) noexcept = default;

Result<SliceModel> SliceModel::compile(const bundle::Bundle& bundle) {
  GLOVEBOX_TRY(engine, ModelEngine::compile(bundle));
  auto state = std::unique_ptr<State>(new State{.bundle = bundle, .engine = std::move(engine)});
  const model::Polygenic* polygenic = bundle.polygenic();
  for (std::size_t i = 0; i < bundle.features.size(); ++i)
    state->slots.push_back(slot_of(bundle.features[i], polygenic == nullptr ? nullptr : &polygenic->terms[i]));
  state->weights = bundle::weights_of(bundle);
  return SliceModel(std::move(state));
}

std::size_t SliceModel::slice_size() const {
  return protocol::slice_size(state_->slots.size());
}

std::size_t SliceModel::block_size() const {
  return result::measured_size(shape_of(state_->bundle));
}

const ModelEngine& SliceModel::engine() const {
  return state_->engine;
}

Result<SecretBytes> SliceModel::score(View slice) const {
  const State& s = *state_;
  GLOVEBOX_TRY(opened, protocol::parse_slice(slice, s.bundle.digest, s.slots.size()));
  const bool hard = opened.kind == protocol::SliceKind::hard;
  const As as = s.bundle.polygenic() != nullptr ? As::doses : hard && s.engine.takes_codes() ? As::codes : As::floats;
  const Read read = read_records(s.slots, opened.records, hard, as);
  const result::Shape shape = shape_of(s.bundle);
  result::Measured out{.model_digest = s.bundle.digest, .status = read.status};
  out.margins.resize(shape.groups);
  out.predictions.resize(shape.outputs);
  if (as == As::doses) {
    const model::Sums sums = s.engine.sum(read.doses);
    out.sum = {static_cast<std::uint64_t>(sums.sum), static_cast<std::uint64_t>(sums.sum >> 64)};
    out.denominator = sums.denominator;
    out.dosage_sum = sums.dosage_sum;
  } else if (as == As::codes) {
    s.engine.codes_row(read.codes, out.margins, out.predictions);
  } else {
    s.engine.floats_row(read.features, out.margins, out.predictions);
  }
  tally(s.weights, opened.records, out);
  const double gate = static_cast<double>(s.bundle.manifest.coverage_gate) + 0.0;  // no -0, whose bits are large
  out.covered =
      (~masks::below(std::bit_cast<std::uint64_t>(out.coverage), std::bit_cast<std::uint64_t>(gate)) & 1) != 0;

  // Of records that were refused nothing is told but that: everything behind the status is nought.
  SecretBytes block = result::encode(out);
  const auto told = static_cast<std::uint8_t>(masks::same(read.status, 0));
  for (std::uint8_t& byte : block.expose_mutable().subspan(result::measured_head_size + 8)) byte &= told;
  return block;
}

}  // namespace glovebox::scoring
