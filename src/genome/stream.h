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

class VcfStream {
 public:
  struct Handler {
    // meta takes each line of the header before #CHROM, header the line #CHROM and what was read, body each line after.
    std::function<Status(const Line& line)> meta = {};
    std::function<Status(const Line& line, Header header)> header = {};
    std::function<Status(const Line& line)> body = {};
  };

  explicit VcfStream(Handler handler, Limits limits = {});
  VcfStream(const VcfStream&) = delete;
  VcfStream& operator=(const VcfStream&) = delete;
  ~VcfStream();

  // feed takes the next piece; the first error sticks. Beside those of the parts: type_unsupported for other formats,
  // with the command that converts them.
  Status feed(View piece);
  Status finish();

  std::uint64_t lines() const { return lines_; }
  const Inflater& inflater() const { return inflater_; }

 private:
  Status text(View text);
  Status line(const Line& line);
  Handler handler_;
  Bytes front_;  // the text's first bytes, until its kind is known
  bool known_ = false;
  HeaderParser parser_;
  bool in_body_ = false;
  std::uint64_t blank_line_ = 0;
  std::uint64_t lines_ = 0;
  LineSplitter splitter_;
  Inflater inflater_;
  Status status_;
};

}  // namespace glovebox::genome
