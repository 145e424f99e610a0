// row_filter.h: which rows of a body the reference has to look at. The others it would have accepted, and they would
// have changed nothing but its count of rows (row_loop.h says why).
#pragma once
#include <memory>

#include "genome/build.h"
#include "genome/rules.h"
#include "scan/row_state.h"

namespace glovebox::scan {

class RowFilter {
 public:
  // The reach must outlive the filter.
  RowFilter(const Reach& reach, genome::Build build, const genome::Rules& rules, std::size_t line_max,
            Instructions instructions);

  // columns says what the header says; needed before next.
  void columns(std::size_t columns, std::size_t sample);

  // begin starts on another text, or on the same one moved: its first byte begins a row.
  void begin();
  // forget_contig: the row at hand may be on any contig.
  void forget_contig() { state_->contig_size = 0; }
  // next returns the next row of `text` that the reference has to look at, or none if no whole row is left. A text may
  // have grown since the last call. `padding` bytes before and after it must be readable.
  struct Found {
    Stop stop = Stop::none;
    std::string_view row = {};   // with its newline
    LoneSnv snv = {};            // if it stopped at one
    std::uint64_t passed = 0;    // rows passed by before it
    std::uint64_t position = 0;  // of the last of them
  };
  Found next(View text);
  // at is where the row begins that is not whole yet.
  std::size_t at() const { return state_->at; }
  // learn takes a row that stopped as odd, once the reference has accepted it, or will be asked before it is asked for
  // any row after this one.
  void learn(std::string_view row);

 private:
  void learn_contig(std::string_view name);
  void learn_filter(std::string_view text);
  void learn_format(std::string_view text);

  const Reach& reach_;
  genome::Build build_;
  bool reads_gt_;
  RowLoop loop_;
  std::unique_ptr<RowState> state_;
  std::size_t next_filter_ = 0;
  std::size_t next_format_ = 0;
};

}  // namespace glovebox::scan
