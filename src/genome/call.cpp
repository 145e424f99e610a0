#include "genome/call.h"

#include <algorithm>

#include "genome/decimal.h"

namespace glovebox::genome {
namespace {

// numbers reads a list of decimals. Empty if the field, or one of its values, is ".".
Result<std::vector<std::int64_t>> numbers(const Record& record, std::string_view field, std::string_view text,
                                          std::uint64_t wanted, std::string_view each) {
  std::vector<std::int64_t> out;
  if (text == "." || text.empty()) return out;
  bool missing = false;
  std::uint64_t count = 0;
  for (std::string_view rest = text;;) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view one = rest.substr(0, end);
    ++count;
    if (one == ".") {
      missing = true;
    } else {
      const auto value = millionths(one);
      if (!value) return fail_at(record.place(), field, one, "a decimal number");
      out.push_back(*value);
    }
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (count != wanted)
    return fail_at(record.place(), field, std::to_string(count) + " values",
                   std::to_string(wanted) + ", one for each " + std::string(each));
  if (missing) out.clear();
  return out;
}

// within clamps a value to [0, most]; nothing if it lies further outside than rounding takes it.
std::optional<Dosage> within(std::int64_t value, Dosage most) {
  if (value < -dosage_slack || value > most + dosage_slack) return std::nullopt;
  return static_cast<Dosage>(std::clamp<std::int64_t>(value, 0, most));
}

void set_missing(Call& call) {
  call.copies.clear();
  call.all_missing = call.any_missing = true;
  call.unusable = Outcome::missing_call;
}

void read_gt(const Record& record, Call& call) {
  if (!record.genotype) {
    call.unusable = Outcome::unsupported;
    if (record.fields.ds || record.fields.gp) call.hint = Hint::dosage;
    return;
  }
  const Genotype& genotype = *record.genotype;
  call.called = static_cast<unsigned>(genotype.alleles.size());
  call.all_missing = genotype.all_missing();
  call.any_missing = genotype.any_missing();
  call.copies.resize(std::max<std::size_t>(record.alts.size(), 1) + 1);
  for (const std::int32_t allele : genotype.alleles) {
    if (allele == no_allele) continue;
    call.copies[static_cast<std::size_t>(allele)] += dosage_unit;
    if (allele != genotype.alleles.front()) call.heterozygous = true;
  }
  if (call.all_missing)
    call.unusable = Outcome::missing_call;
  else if (call.called > 2)
    call.unusable = Outcome::unsupported;
  else if (call.any_missing)
    call.unusable = Outcome::half_call;
}

// ploidy_of_gt: the numbers of DS do not say of how many alleles they are, so GT does, whatever alleles it calls. A
// single "." may stand for any number.
unsigned ploidy_of_gt(const Record& record) {
  if (!record.genotype || (record.genotype->alleles.size() == 1 && record.genotype->all_missing())) return 0;
  return static_cast<unsigned>(record.genotype->alleles.size());
}

Status read_ds(const Record& record, Call& call) {
  call.called = ploidy_of_gt(record);
  if (!record.fields.ds || record.alts.empty() || call.called > 2) {
    call.unusable = Outcome::unsupported;
    if (!record.fields.ds) call.hint = Hint::dosage;
    return {};
  }
  // Some writers declare DS with Number=1; what the one number is of several ALTs, they do not say.
  if (record.alts.size() > 1 && *record.fields.ds != "." && !record.fields.ds->contains(',')) {
    call.unusable = Outcome::unsupported;
    return {};
  }
  GLOVEBOX_TRY(values, numbers(record, "DS", *record.fields.ds, record.alts.size(), "ALT allele"));
  if (values.empty()) {
    set_missing(call);
    return {};
  }
  const Dosage most = static_cast<Dosage>(call.called == 1 ? 1 : 2) * dosage_unit;
  std::int64_t sum = 0;
  call.copies = {0};
  for (const std::int64_t value : values) {
    const auto copies = within(value, most);
    sum += value;
    if (!copies || !within(std::max<std::int64_t>(sum, 0), most))
      return fail_at(record.place(), "DS", *record.fields.ds,
                     "copies of each ALT, from 0 to " + std::to_string(most / dosage_unit) + " in all");
    call.copies.push_back(*copies);
  }
  call.copies[0] = most - static_cast<Dosage>(std::clamp<std::int64_t>(sum, 0, most));
  return {};
}

Status read_gp(const Record& record, Call& call) {
  if (!record.fields.gp || record.alts.empty()) {
    call.unusable = Outcome::unsupported;
    if (!record.fields.gp) call.hint = Hint::dosage;
    return {};
  }
  // One for each allele of one copy, or for each pair of two, in the order 00, 01, 11, 02, 12, 22.
  const std::string_view text = *record.fields.gp;
  const std::size_t alleles = record.alts.size() + 1;
  const bool one_copy = static_cast<std::size_t>(std::ranges::count(text, ',')) + 1 == alleles && alleles > 1;
  const std::uint64_t wanted = one_copy ? alleles : std::uint64_t{alleles} * (alleles + 1) / 2;
  GLOVEBOX_TRY(values, numbers(record, "GP", text, wanted, "genotype"));
  call.called = one_copy ? 1 : 2;
  if (values.empty() || std::ranges::all_of(values, [](auto value) { return value == 0; })) {
    set_missing(call);  // IMPUTE writes 0,0,0
    return {};
  }
  std::int64_t sum = 0;
  std::vector<std::int64_t> copies(alleles);
  std::size_t high = 0, low = 0;
  for (const std::int64_t value : values) {
    const auto probability = within(value, dosage_unit);
    if (!probability)
      return fail_at(record.place(), "GP", text, "probabilities from 0 to 1",
                     "GP that are phred or log10 scaled, as in VCF 4.2 and before, must be turned into probabilities");
    sum += *probability;
    copies[high] += *probability;
    if (one_copy) {
      ++high;
      continue;
    }
    copies[low] += *probability;
    if (++low > high) {
      ++high;
      low = 0;
    }
  }
  if (sum < dosage_unit - probability_slack || sum > dosage_unit + probability_slack)
    return fail_at(record.place(), "GP", text, "probabilities that sum up to 1",
                   "GP that are phred or log10 scaled, as in VCF 4.2 and before, must be turned into probabilities");
  // REF is what the ALTs leave, as with DS, so that the copies of all alleles are the person's.
  const Dosage most = static_cast<Dosage>(call.called) * dosage_unit;
  std::int64_t left = most;
  call.copies = {0};
  for (std::size_t i = 1; i < alleles; ++i) {
    call.copies.push_back(static_cast<Dosage>(std::min<std::int64_t>(copies[i], most)));
    left -= copies[i];
  }
  call.copies[0] = static_cast<Dosage>(std::max<std::int64_t>(left, 0));
  return {};
}

using Field = std::optional<std::string_view>;

// at_least compares the first of the fields that the record has with a minimum. False too if it has none.
Result<bool> at_least(const Record& record, std::initializer_list<std::pair<std::string_view, const Field*>> fields,
                      std::uint32_t minimum, Call& call) {
  for (const auto& [name, text] : fields) {
    if (!*text || **text == "." || (*text)->empty()) continue;
    const auto value = millionths(**text);
    if (!value) return fail_at(record.place(), name, **text, "a number");
    return *value >= std::int64_t{minimum} * dosage_unit;
  }
  call.hint = Hint::quality;
  return false;
}

Status check_quality(const Record& record, const Rules& rules, Call& call) {
  const CallFields& fields = record.fields;
  const Hint before = call.hint;
  bool enough = true;
  if (const auto minimum = rules.least_gq()) {
    // GATK's RGQ stands beside ALT "."; GQX is the lower of two qualities, in the gVCFs of Illumina's callers.
    const Field none;
    const Field* rgq = record.alts.empty() ? &fields.rgq : &none;
    GLOVEBOX_TRY(high, at_least(record, {{"GQ", &fields.gq}, {"RGQ", rgq}, {"GQX", &fields.gqx}}, *minimum, call));
    enough = high;
  }
  if (rules.min_dp && *rules.min_dp > 0 && enough) {
    GLOVEBOX_TRY(deep, at_least(record, {{"MIN_DP", &fields.min_dp}, {"DP", &fields.dp}}, *rules.min_dp, call));
    enough = deep;
  }
  if (enough) return {};
  call.good = false;
  if (call.unusable)
    call.hint = before;
  else
    call.unusable = Outcome::filtered;
  return {};
}
}  // namespace

bool Call::calls_alternative() const {
  for (std::size_t allele = 1; allele < copies.size(); ++allele)
    if (calls(allele)) return true;
  return false;
}

Result<Call> read_call(const Record& record, const Rules& rules) {
  Call call;
  switch (rules.dosage) {
    case DosageField::gt:
      read_gt(record, call);
      break;
    case DosageField::ds:
      GLOVEBOX_CHECK(read_ds(record, call));
      break;
    case DosageField::gp:
      GLOVEBOX_CHECK(read_gp(record, call));
      break;
  }
  for (std::size_t allele = 1; allele < call.copies.size(); ++allele)
    if (call.calls(allele) && (allele > record.alts.size() || record.alts[allele - 1].kind == AlleleKind::unseen))
      call.unnamed = true;
  call.good = record.passed;
  GLOVEBOX_CHECK(check_quality(record, rules, call));
  if (!record.passed) {
    call.unusable = Outcome::filtered;
    call.hint = Hint::none;
  }
  return call;
}

}  // namespace glovebox::genome
