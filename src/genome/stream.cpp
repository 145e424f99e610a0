#include "genome/stream.h"

#include "base/secret.h"
#include "genome/place.h"
#include "genome/sniff.h"

namespace glovebox::genome {

VcfText::VcfText(Handler handler, std::size_t line_max)
    : handler_(std::move(handler)), splitter_([this](const Line& next) { return line(next); }, line_max) {}

VcfText::~VcfText() {
  erase(front_);
}

Status VcfText::feed(View text) {
  if (known_) return splitter_.feed(text);
  const std::size_t take = std::min(text.size(), sniff_bytes - front_.size());
  front_.insert(front_.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(take));
  if (front_.size() < sniff_bytes) return {};
  GLOVEBOX_CHECK(require_vcf(front_));
  known_ = true;
  GLOVEBOX_CHECK(splitter_.feed(front_));
  return splitter_.feed(text.subspan(take));
}

Status VcfText::finish() {
  if (!known_) {
    GLOVEBOX_CHECK(require_vcf(front_));
    GLOVEBOX_CHECK(splitter_.feed(front_));
  }
  GLOVEBOX_CHECK(splitter_.finish());
  if (!in_body_) return parser_.unfinished();
  return {};
}

Status VcfText::line(const Line& line) {
  lines_ = line.number;
  // Blank lines are let pass at the very end only: hand-edited files have them there.
  if (line.text.empty()) {
    if (blank_line_ == 0) blank_line_ = line.number;
    return {};
  }
  if (blank_line_ != 0) return fail_at({blank_line_}, "line", "", "no blank line inside the file");
  if (in_body_) return handler_.body ? handler_.body(line) : Status{};
  GLOVEBOX_CHECK(parser_.line(line));
  if (!parser_.complete()) return handler_.meta ? handler_.meta(line) : Status{};
  in_body_ = true;
  return handler_.header ? handler_.header(line, parser_.take()) : Status{};
}

VcfStream::VcfStream(Handler handler, Limits limits)
    : text_(std::move(handler), limits.line_max),
      inflater_([this](View piece) { return text_.feed(piece); }, limits.inflate) {}

Status VcfStream::feed(View piece) {
  if (status_) status_ = inflater_.feed(piece);
  return status_;
}

Status VcfStream::finish() {
  if (status_) status_ = inflater_.finish();
  if (status_) status_ = text_.finish();
  return status_;
}
}  // namespace glovebox::genome
