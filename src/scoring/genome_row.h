// genome_row.h: what a reader found at one person's sites, made into a row of the model's features.
#pragma once
#include "genome/reader.h"
#include "scoring/input.h"

namespace glovebox::scoring {

// GenomeRow may be used for one person after the other; it keeps its memory.
class GenomeRow {
 public:
  explicit GenomeRow(const InputSetup& setup);

  // hand_out gives setup.rows the row: value_missing, and what the sink refuses.
  Status hand_out(std::string_view sample, const genome::Dosages& dosages);
  // How each feature of the last row came about.
  std::span<const How> hows() const { return hows_; }
  // What there is to say of all rows so far beside genome_rules.h's warnings.
  std::vector<std::string> warnings() const;

 private:
  Status set_site(std::size_t feature, std::size_t site, const genome::Dosages& dosages);

  const InputSetup& setup_;
  std::vector<float> row_;
  std::vector<How> hows_;
  std::vector<protocol::SliceRecord> records_;
  std::vector<model::Dose> doses_;
  std::uint64_t between_ = 0;  // sites with a dosage that their weights are not for
};

}  // namespace glovebox::scoring
