// run.h: a run of BGZF blocks, inflated and gone over apart from the runs before it, so that several can be worked on
// at once. What a run cannot know, the contig and position before it and how its first line begins, is settled when it
// is given back in its turn (RowScan::take_run).
#pragma once
#include "base/secret.h"
#include "scan/block_inflater.h"
#include "scan/row_filter.h"

namespace glovebox::scan {

class Run {
 public:
  static constexpr std::size_t blocks_max = 16;
  static constexpr std::size_t stops_max = 4096;
  // At most so many bytes are one run's: the blocks, their text, its stops, and what inflates and filters.
  static constexpr std::size_t bytes_max = std::size_t{5} << 19;

  // A row that the reference has to look at, and the rows passed by before it.
  struct Stopped {
    std::uint32_t begin = 0;  // in the text
    std::uint32_t size = 0;
    std::uint64_t passed = 0;
    std::uint64_t position = 0;  // of the last one passed by
    Stop stop = Stop::none;
    LoneSnv snv = {};
  };

  explicit Run(RowFilter filter);
  void columns(std::size_t columns, std::size_t sample) { filter_.columns(columns, sample); }

  // Filling it: clear, then add as long as it is not full.
  void clear();
  bool full() const { return blocks_size_ == blocks_max; }
  bool empty() const { return blocks_size_ == 0; }
  void add(View block, std::size_t text_size);

  // work inflates and goes over the rows. It takes no memory and makes no system call.
  void work();

  // What came of it. The text up to `head` ends a line that began before it; all of the text, if no line ends in it.
  // Then come rows up to `tail`, and what is not known of: an unfinished line, or more lines, if the stops were too
  // many.
  View text() const { return text_.expose().subspan(padding, text_size_); }
  std::size_t head() const { return head_; }
  std::size_t tail() const { return tail_; }
  std::span<const Stopped> stops() const { return std::span(stops_).first(stops_size_); }
  std::uint64_t passed() const { return passed_; }  // after the last stop
  std::uint64_t position() const { return position_; }
  // The blocks that were inflated; the one behind them, if there is one, was not what it said.
  std::size_t inflated() const { return inflated_; }
  std::size_t blocks() const { return blocks_size_; }
  View block(std::size_t number) const { return packed_.expose().subspan(blocks_[number].begin, blocks_[number].size); }
  std::size_t text_size(std::size_t number) const { return blocks_[number].text; }

 private:
  bool rows();

  struct Block {
    std::size_t begin = 0, size = 0, text = 0;
  };
  RowFilter filter_;
  BlockInflater inflater_;
  SecretBytes packed_;
  SecretBytes text_;  // with padding
  std::array<Block, blocks_max> blocks_;
  std::size_t blocks_size_ = 0;
  std::size_t packed_size_ = 0;
  std::size_t text_size_ = 0;
  std::size_t inflated_ = 0;
  std::size_t head_ = 0, tail_ = 0;
  std::vector<Stopped> stops_;
  std::size_t stops_size_ = 0;
  std::uint64_t passed_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace glovebox::scan
