// row_scan.h: the text of a VCF, in pieces, into the rows that someone has to look at: those that RowFilter stops at,
// with the header and whatever is odd; the others are counted.
#pragma once
#include "base/secret.h"
#include "genome/reader.h"
#include "scan/row_filter.h"
#include "scan/run.h"

namespace glovebox::scan {

// RowSink is who looks at them: genome::PersonRows for one person, or the rows of many (cohort.h).
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status header(genome::Header header) = 0;
  virtual Status row(const genome::Line& line) = 0;
  // snv: as PersonRows::snv; a sink may want all such rows as rows.
  virtual bool snv(std::uint32_t /*site*/, const genome::Matcher::Snv& /*row*/) { return false; }
  // skip: as PersonRows::skip.
  virtual void skip(std::uint64_t rows, std::uint64_t position) = 0;
  // Of the header: its columns, and the sample whose call is held to its FORMAT in rows that are skipped.
  virtual std::size_t columns() const = 0;
  virtual std::size_t sample() const = 0;
};

class RowScan {
 public:
  // The panel and the sink must outlive it.
  RowScan(const genome::Panel& panel, const genome::Options& options, Instructions instructions, RowSink& sink);
  RowScan(const RowScan&) = delete;
  RowScan& operator=(const RowScan&) = delete;

  static constexpr std::size_t room_min = std::size_t{1} << 16;  // bytes
  // room is where the next piece of text may be written, room_min bytes at least; grew says how much of it was. Errors
  // are those of VcfText and the sink.
  std::span<std::uint8_t> room();
  Status grew(std::size_t bytes);
  // take copies a piece.
  Status take(View text);
  // in_rows says that the header was read: from here on the text may also come in runs. leave_text gives what is held
  // of an unfinished line to the reference, so that runs can follow.
  bool in_rows() const { return filters_; }
  Status leave_text();
  // take_run takes the text of a run that was worked on: what follows the text so far.
  Status take_run(const Run& run);
  std::size_t columns() const { return rows_.columns(); }
  std::size_t sample() const { return rows_.sample(); }
  // filter is a filter for a run.
  RowFilter filter() const;
  Status finish();

 private:
  Status scan();
  Status give(View text);
  Status give_stopped(Stop stop, const LoneSnv& snv, View row);
  View window() const { return buffer_.expose().subspan(padding, size_); }

  genome::Build build_;
  Instructions instructions_;
  Reach reach_;
  genome::Rules rules_;
  std::size_t line_max_;
  RowSink& rows_;
  genome::VcfText text_;
  RowFilter filter_;
  SecretBytes buffer_;     // with padding before and after the text
  std::size_t size_ = 0;   // of text in it
  std::size_t given_ = 0;  // of this, to the reference, where it goes line by line
  bool filters_ = false;   // the filter goes on at the window's row
};

}  // namespace glovebox::scan
