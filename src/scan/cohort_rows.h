// cohort_rows.h: the rows of a VCF of many samples into everybody's states at a panel's sites. A state is a
// Matcher::Seen under a number.
#pragma once
#include <map>

#include "genome/reader.h"
#include "scan/call_texts.h"
#include "scan/cohort.h"

namespace glovebox::scan {

// SiteStates numbers the distinct states of one site. Number 0 is that of a site of which nothing was said.
class SiteStates {
 public:
  using Seen = genome::Matcher::Seen;
  const Seen& operator[](std::size_t number) const { return number == 0 && list_.empty() ? nothing() : list_[number]; }
  std::size_t size() const { return std::max<std::size_t>(list_.size(), 1); }
  // number_of: site_states_max if there is no number left.
  std::size_t number_of(const Seen& seen);
  // bytes is what they take, weighed too.
  std::size_t bytes() const;

 private:
  struct Hash {
    std::size_t operator()(const Seen& seen) const;
  };
  static const Seen& nothing();
  std::vector<Seen> list_;
  std::unique_ptr<std::unordered_map<Seen, std::uint32_t, Hash>> index_;  // once there are more than a few
};

class CohortRows final : public RowSink {
 public:
  CohortRows(const genome::Panel& panel, genome::Options options, std::size_t bytes_max);

  CohortRows(const CohortRows&) = delete;
  CohortRows& operator=(const CohortRows&) = delete;
  ~CohortRows() override { erase(one_row_); }

  Status header(genome::Header header) override;
  Status row(const genome::Line& line) override;
  void skip(std::uint64_t rows, std::uint64_t position) override;
  std::size_t columns() const override { return header_.columns(); }
  std::size_t sample() const override { return 0; }
  const genome::Options& options() const { return options_; }

  // What came of it.
  genome::Extracted about;
  std::vector<std::uint16_t> states;  // by site and person
  const std::vector<std::string>& samples() const { return header_.samples; }
  // weigh decides on every state of a site.
  std::vector<genome::Matcher::Weighed> weigh(std::uint32_t site);

 private:
  using Samples = std::span<const std::uint32_t>;
  // A site that the text at hand touches.
  struct Touched {
    std::uint32_t site = 0;
    std::vector<std::uint16_t> before;  // distinct states of the people at hand
    std::vector<std::uint16_t> after;
  };
  // A site where everybody had the same state before the row at hand.
  struct Even {
    std::uint32_t site = 0;
    std::vector<std::uint16_t> after;  // by text
  };
  static constexpr std::uint32_t uneven = ~std::uint32_t{0};
  Status apply_by_text(std::size_t text, const genome::Record& record, genome::Chromosome chromosome);
  Status apply_by_person(std::size_t text, const genome::Record& record, genome::Chromosome chromosome);
  Status ask(const genome::Matcher::Progress& progress, const genome::Record& record, genome::Chromosome chromosome);
  void write(const Touched& touched, Samples samples);
  Result<Even*> even(std::uint32_t site);
  std::uint32_t number_of(const genome::Matcher::Progress& progress);
  void settle_row();
  void find_touched(const genome::Record& record, genome::Chromosome chromosome);
  void find_before(Touched& touched, Samples samples);
  Status note(Touched& touched, const genome::Record& record);
  void forget_progress();
  std::uint16_t* states_at(std::uint32_t site) { return states.data() + std::size_t{site} * samples().size(); }

  const genome::Panel& panel_;
  genome::Options options_;
  std::size_t bytes_max_;
  std::size_t states_bytes_ = 0;
  std::uint64_t longest_stretch_ = 0;
  genome::Header header_;
  genome::Header header_of_one_;
  genome::RowPlaces places_;
  genome::Matcher matcher_;  // of whoever is at hand
  std::vector<SiteStates> sites_;
  std::vector<std::uint32_t> everybodys_;  // by site: everybody's state, or uneven
  // Progress is of people too; most often everybody's is the same.
  std::map<genome::Matcher::Progress, std::uint32_t> progress_numbers_;
  std::vector<genome::Matcher::Progress> progress_;
  std::vector<std::uint32_t> progress_of_;  // by person
  // Of the row at hand.
  std::optional<CallTexts> texts_;
  Bytes one_row_;
  bool together_ = true;  // everybody had the same progress before it
  std::vector<Touched> touched_;
  std::size_t touched_size_ = 0;
  std::vector<Even> evens_;
  std::size_t evens_size_ = 0;
  std::vector<std::uint32_t> place_of_even_;      // by site; only if that place is the site's
  std::vector<std::uint32_t> progress_of_texts_;  // if together
  std::vector<std::uint32_t> sorted_;
  std::vector<std::uint64_t> met_;  // by state: the count of the last question that met it
  std::uint64_t questions_ = 0;
  std::vector<std::uint16_t> becomes_;  // by state
};

}  // namespace glovebox::scan
