// lines.h: lines out of pieces of text. A line ends with LF or CRLF, the last one with the text's end.
#pragma once
#include <functional>

#include "base/bytes.h"

namespace glovebox::genome {

constexpr std::size_t line_max_default = std::size_t{16} << 20;  // bytes; 3,000 samples with likelihoods need 0.3 MB

// Line borrows one line's text. `number` counts from 1; `ending` is "\n", "\r\n" or, for the last line, "".
struct Line {
  std::string_view text;
  std::string_view ending;
  std::uint64_t number = 0;
};

class LineSplitter {
 public:
  // Sink takes a line, which it must not keep.
  using Sink = std::function<Status(const Line& line)>;

  explicit LineSplitter(Sink sink, std::size_t line_max = line_max_default)
      : sink_(std::move(sink)), line_max_(line_max) {}
  ~LineSplitter();
  LineSplitter(const LineSplitter&) = delete;
  LineSplitter& operator=(const LineSplitter&) = delete;

  // feed takes the next piece; too_large for a line beyond line_max, vcf_malformed for a NUL byte.
  Status feed(View text);
  Status finish();

  // between_lines says that the last piece ended where a line did. There a reader that has taken lines by itself says
  // so with skip, and the next line's number is right.
  bool between_lines() const { return partial_.empty(); }
  void skip(std::uint64_t lines) { number_ += lines; }

 private:
  Status hand_out(std::string_view line, bool terminated);
  Status keep(View text);
  Sink sink_;
  std::size_t line_max_;
  Bytes partial_;
  std::uint64_t number_ = 0;
};

}  // namespace glovebox::genome
