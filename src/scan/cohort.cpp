#include "scan/cohort.h"

#include "scan/cohort_rows.h"

namespace glovebox::scan {
namespace {
constexpr std::size_t plane_words = 4;  // stride's unit: 256 people
constexpr std::uint8_t fractional = 4;  // beside the codes

std::uint8_t code_of(genome::Dosage dosage) {
  if (dosage == genome::missing_dosage) return missing_code;
  if (dosage % genome::dosage_unit != 0 || dosage > 2 * genome::dosage_unit) return fractional;
  return static_cast<std::uint8_t>(dosage / genome::dosage_unit);
}

// lowest_bits are those of 64 bytes, each of them 0 or 1.
std::uint64_t lowest_bits(const std::uint8_t* bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    std::uint64_t eight = 0;
    for (std::size_t k = 0; k < 8; ++k) eight |= std::uint64_t{bytes[8 * i + k]} << 8 * k;
    out |= eight * 0x0102040810204080 >> 56 << 8 * i;  // byte k's bit becomes bit 56 + k; no two places meet
  }
  return out;
}
}  // namespace

const genome::Answer& People::answer(std::size_t site, std::size_t person) const {
  return sites_[site][states_[site * size() + person]].answer;
}

Result<genome::Extracted> People::person(std::size_t number) const {
  genome::Extracted out = about_;
  out.sample = samples_.at(number);
  for (std::size_t site = 0; site < sites_.size(); ++site)
    genome::add(out.dosages, sites_[site][states_[site * size() + number]]);
  GLOVEBOX_CHECK(check_found(out.dosages, rules_));
  return out;
}

Result<Planes> People::planes() const {
  Planes out;
  const std::size_t words = (size() + 63) / 64;
  out.stride = (words + plane_words - 1) / plane_words * plane_words;
  out.lo.resize(sites_.size() * out.stride);
  out.hi.resize(sites_.size() * out.stride);
  std::vector<std::uint8_t> codes;
  for (std::size_t site = 0; site < sites_.size(); ++site) {
    codes.clear();
    for (const auto& weighed : sites_[site]) codes.push_back(code_of(weighed.answer.dosage));
    const std::uint16_t* const states = states_.data() + site * size();
    unsigned seen = 0;
    std::array<std::uint8_t, 64> lo{}, hi{};
    for (std::size_t word = 0; word < words; ++word) {
      const std::size_t begin = word * 64, people = std::min<std::size_t>(64, size() - begin);
      if (codes.size() == 1) {  // everybody's
        const std::uint64_t all = ~std::uint64_t{0} >> (64 - people);
        out.lo[site * out.stride + word] = (codes.front() & 1) != 0 ? all : 0;
        out.hi[site * out.stride + word] = (codes.front() & 2) != 0 ? all : 0;
        seen |= codes.front();
        continue;
      }
      if (people < 64) lo = hi = {};
      for (std::size_t i = 0; i < people; ++i) {
        const std::uint8_t code = codes[states[begin + i]];
        lo[i] = code & 1;
        hi[i] = code >> 1 & 1;
        seen |= code;
      }
      out.lo[site * out.stride + word] = lowest_bits(lo.data());
      out.hi[site * out.stride + word] = lowest_bits(hi.data());
    }
    if ((seen & fractional) != 0)
      return fail(Reject::unsupported, "a dosage that is no whole number at site " + std::to_string(site + 1),
                  "0, 1 or 2 copies");
  }
  return out;
}

struct Cohort::State {
  State(const genome::Panel& panel_of, genome::Options options, const Resources& resources, std::size_t bytes_max)
      : panel(panel_of), rows(panel, std::move(options), bytes_max), file(panel, rows.options(), resources, rows) {}

  const genome::Panel& panel;
  CohortRows rows;
  WholeFile file;
};

Cohort::Cohort(const genome::Panel& panel, genome::Options options, Resources resources, std::size_t bytes_max)
    : state_(std::make_unique<State>(panel, std::move(options), resources, bytes_max)) {}
Cohort::~Cohort() = default;
Cohort::Cohort(Cohort&&) noexcept = default;
Cohort& Cohort::operator=(Cohort&&) noexcept = default;

Status Cohort::feed(View piece) {
  return state_->file.feed(piece);
}

Result<People> Cohort::finish() {
  GLOVEBOX_CHECK(state_->file.finish());
  People out;
  out.rules_ = state_->rows.options().rules;
  out.about_ = state_->rows.about;
  out.samples_ = state_->rows.samples();
  out.sites_.reserve(state_->panel.size());
  for (std::uint32_t site = 0; site < state_->panel.size(); ++site) out.sites_.push_back(state_->rows.weigh(site));
  out.states_ = std::move(state_->rows.states);
  return out;
}

}  // namespace glovebox::scan
