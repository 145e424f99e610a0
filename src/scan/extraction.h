// extraction.h: one person's dosages out of a whole VCF, as genome::Extraction finds them, at about the speed at which
// the file can be inflated. Every line is looked at. The two agree in all that they say: dosages, outcomes, counts,
// refusals; but a file with several faults may be refused for another of them, where one of these lies in the
// compressed data.
#pragma once
#include "scan/whole_file.h"

namespace glovebox::scan {

class Extraction {
 public:
  // The panel must outlive it. All memory is taken here, but for what the reference takes for a single row.
  Extraction(const genome::Panel& panel, genome::Options options, Resources resources = {});
  ~Extraction();
  Extraction(Extraction&&) noexcept;
  Extraction& operator=(Extraction&&) noexcept;

  // feed takes the next piece of the file, compressed or not. The first error sticks; they are those of
  // genome::Extraction.
  Status feed(View piece);
  // finish ends the file.
  Result<genome::Extracted> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::scan
