#include "scoring/row.h"

namespace glovebox::scoring {

std::string_view name(How how) {
  if (how == how_value) return "value";
  if (how == how_value_missing) return "value_missing";
  return genome::name(static_cast<genome::Outcome>(how));
}

bool counts_as_used(How how) {
  return how == how_value || (how < genome::outcomes_end && genome::gives_dosage(static_cast<genome::Outcome>(how)));
}

std::vector<double> weights_of(const bundle::Bundle& bundle) {
  const std::vector<std::uint32_t> splits = bundle::split_counts(bundle.ensemble);
  double all = 0;
  for (const std::uint32_t n : splits) all += n;
  std::vector<double> out(bundle.features.size());
  for (std::size_t i = 0; i < out.size();
       ++i)  // a model without a split asks for nothing: then every feature counts the same
    out[i] = all > 0 ? splits[i] / all : 1.0 / static_cast<double>(out.size());
  return out;
}

double Tally::add(std::span<const How> hows) {
  double used = 0;
  ++rows_;
  for (std::size_t i = 0; i < hows.size(); ++i) {
    ++numbers_[hows[i]];
    shares_[hows[i]] += weights_[i];
    if (counts_as_used(hows[i])) used += weights_[i];
  }
  return std::min(used, 1.0);
}

std::uint64_t Tally::asked() const {
  std::uint64_t n = 0;
  for (const std::uint64_t count : numbers_) n += count;
  return n;
}

std::uint64_t Tally::used() const {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < hows_end; ++i)
    if (counts_as_used(static_cast<How>(i))) n += numbers_[i];
  return n;
}

double Tally::weight(How how) const {
  return rows_ == 0 ? 0 : std::min(1.0, shares_[how] / static_cast<double>(rows_));
}

double Tally::coverage() const {
  double sum = 0;
  for (std::size_t i = 0; i < hows_end; ++i)
    if (counts_as_used(static_cast<How>(i))) sum += shares_[i];
  return rows_ == 0 ? 0 : std::min(1.0, sum / static_cast<double>(rows_));
}

}  // namespace glovebox::scoring
