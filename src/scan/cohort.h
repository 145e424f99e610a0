// cohort.h: everybody's dosages out of a VCF of many samples, in one pass. Each person's are exactly what
// genome::Extraction finds for that person alone: what a row says is found out by the reference's own Matcher, once for
// each distinct call text and each distinct state of a site, and people hold numbers of states.
//
// Memory: 2 bytes for each site and person (bytes_max), and each distinct state of a site once (states_bytes_max).
// Time: a row that touches a site costs a step for each person, and the reference's work for each distinct text; a row
// that speaks of many sites (a block, a structural variant) costs a step for each site and person.
#pragma once
#include "genome/reader.h"
#include "scan/whole_file.h"

namespace glovebox::scan {

constexpr std::size_t cohort_bytes_max = std::size_t{16} << 30;  // of state numbers
// states_bytes_max is what the states themselves may take, which are few for genotypes and many for probabilities.
constexpr std::size_t states_bytes_max(std::size_t bytes_max) {
  return bytes_max + bytes_max / 2 + (std::size_t{1} << 20);
}
constexpr std::size_t site_states_max = std::size_t{1} << 16;  // distinct ones that a site's people pass through
constexpr std::uint64_t row_bytes_max = std::uint64_t{1}
                                        << 32;  // distinct call texts of a row, each with its fixed columns
constexpr std::uint8_t missing_code = 3;

// Planes are dosages as bits, one feature for each site of the panel: bit r % 64 of lo[f * stride + r / 64] is bit 0 of
// person r's code at site f, and that of hi bit 1. Codes are 0, 1 and 2 copies, and missing_code. stride is a multiple
// of 4; bits beyond the last person are 0.
struct Planes {
  std::vector<std::uint64_t> lo, hi;
  std::size_t stride = 0;
};

// People is what a file says about everybody in it.
class People {
 public:
  std::size_t size() const { return samples_.size(); }
  std::size_t sites() const { return sites_.size(); }
  const std::vector<std::string>& samples() const { return samples_; }
  std::uint64_t records() const { return about_.records; }

  // person: build_doubtful and absence_undeclared, which are one person's. Matches are not kept.
  Result<genome::Extracted> person(std::size_t number) const;
  // answer is what became of one site in one person.
  const genome::Answer& answer(std::size_t site, std::size_t person) const;
  // planes: unsupported where a dosage is no whole number of copies (an allele's frequency, DS, GP). They are what the
  // file says, also of people whom person() refuses.
  Result<Planes> planes() const;

 private:
  friend class Cohort;
  genome::Rules rules_;
  genome::Extracted about_;  // what is everybody's
  std::vector<std::string> samples_;
  std::vector<std::vector<genome::Matcher::Weighed>> sites_;  // by site and state
  std::vector<std::uint16_t> states_;                         // by site and person
};

class Cohort {
 public:
  // The panel must outlive it. Options::sample and Rules::keep_matches mean nothing here.
  Cohort(const genome::Panel& panel, genome::Options options, Resources resources = {},
         std::size_t bytes_max = cohort_bytes_max);
  ~Cohort();
  Cohort(Cohort&&) noexcept;
  Cohort& operator=(Cohort&&) noexcept;

  // feed takes the next piece of the file, compressed or not. The first error sticks. They are those of
  // genome::Extraction that are not one person's: a file is refused if it is refused for the first person, or for
  // anybody's call in a row that says something about a site; calls in other rows are looked at in part. too_large
  // beyond the bounds above.
  Status feed(View piece);
  // finish ends the file. Only once.
  Result<People> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::scan
