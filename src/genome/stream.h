// stream.h: the bytes of a VCF, in any accepted form and in pieces, into its header and its lines. The parts are
// Inflater, sniff, LineSplitter and HeaderParser; this joins them.
#pragma once
#include "genome/header.h"
#include "genome/inflate.h"

namespace glovebox::genome {

struct Limits {
  InflateLimits inflate = {};
  std::size_t line_max = line_max_default;
};

// VcfText takes the text, inflated.
class VcfText {
 public:
  struct Handler {
    // meta takes each line of the header before #CHROM, header the line #CHROM and what was read, body each line after.
    std::function<Status(const Line& line)> meta = {};
    std::function<Status(const Line& line, Header header)> header = {};
    std::function<Status(const Line& line)> body = {};
  };

  explicit VcfText(Handler handler, std::size_t line_max = line_max_default);
  VcfText(const VcfText&) = delete;
  VcfText& operator=(const VcfText&) = delete;
  ~VcfText();

  // feed takes the next piece. Beside the errors of the parts: type_unsupported for other formats, with the command
  // that converts them.
  Status feed(View text);
  Status finish();

  std::uint64_t lines() const { return lines_; }
  // between_rows: here a reader that has itself taken some whole lines of the body, none of them blank, may go on
  // behind them. It says so with skip.
  bool between_rows() const { return in_body_ && blank_line_ == 0 && splitter_.between_lines(); }
  void skip(std::uint64_t rows) {
    splitter_.skip(rows);
    lines_ += rows;
  }

 private:
  Status line(const Line& line);
  Handler handler_;
  Bytes front_;  // the text's first bytes, until its kind is known
  bool known_ = false;
  HeaderParser parser_;
  bool in_body_ = false;
  std::uint64_t blank_line_ = 0;
  std::uint64_t lines_ = 0;
  LineSplitter splitter_;
};

// VcfStream takes the file's bytes.
class VcfStream {
 public:
  using Handler = VcfText::Handler;

  explicit VcfStream(Handler handler, Limits limits = {});
  VcfStream(const VcfStream&) = delete;
  VcfStream& operator=(const VcfStream&) = delete;

  // feed takes the next piece; the first error sticks. Errors are those of Inflater and VcfText.
  Status feed(View piece);
  Status finish();

  std::uint64_t lines() const { return text_.lines(); }
  const Inflater& inflater() const { return inflater_; }

 private:
  VcfText text_;
  Inflater inflater_;
  Status status_;
};

}  // namespace glovebox::genome
