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

Tally Tally::of_one(const std::array<std::uint64_t, hows_end>& numbers, const std::array<double, hows_end>& shares) {
  Tally out({});
  out.rows_ = 1;
  out.numbers_ = numbers;
  out.shares_ = shares;
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

RowCounts Tally::of_row(std::span<const How> hows) const {
  RowCounts out;
  std::array<double, hows_end> shares{};
  for (std::size_t i = 0; i < hows.size(); ++i) {
    ++out.numbers[hows[i]];
    shares[hows[i]] += weights_[i];
  }
  double sum = 0;
  for (std::size_t i = 0; i < hows_end; ++i)
    if (counts_as_used(static_cast<How>(i))) sum += shares[i];
  out.coverage = std::min(1.0, sum);
  return out;
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
