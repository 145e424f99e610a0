#include "genome/lines.h"

#include <cstring>

#include "base/secret.h"

namespace glovebox::genome {

LineSplitter::~LineSplitter() {
  erase(partial_);
}

Status LineSplitter::feed(View text) {
  while (!text.empty()) {
    const void* found = std::memchr(text.data(), '\n', text.size());
    if (found == nullptr) return keep(text);
    const auto size = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - text.data());
    if (partial_.empty()) {
      GLOVEBOX_CHECK(hand_out(text_of(text.first(size)), true));
    } else {
      GLOVEBOX_CHECK(keep(text.first(size)));
      GLOVEBOX_CHECK(hand_out(text_of(partial_), true));
      partial_.clear();
    }
    text = text.subspan(size + 1);
  }
  return {};
}

Status LineSplitter::keep(View text) {
  if (partial_.size() + text.size() > line_max_)
    return fail(Reject::too_large, "line " + std::to_string(number_ + 1) + " has more bytes",
                std::to_string(line_max_) + " at most");
  partial_.insert(partial_.end(), text.begin(), text.end());
  return {};
}

Status LineSplitter::finish() {
  if (partial_.empty()) return {};
  GLOVEBOX_CHECK(hand_out(text_of(partial_), false));
  partial_.clear();
  return {};
}

Status LineSplitter::hand_out(std::string_view line, bool terminated) {
  ++number_;
  if (line.size() > line_max_)
    return fail(Reject::too_large, "line " + std::to_string(number_) + " has more bytes",
                std::to_string(line_max_) + " at most");
  if (line.find('\0') != std::string_view::npos)
    return fail(Reject::vcf_malformed, "line " + std::to_string(number_) + ": a NUL byte", "text");
  std::string_view ending = terminated ? "\n" : "";
  if (terminated && line.ends_with('\r')) {
    line.remove_suffix(1);
    ending = "\r\n";
  }
  return sink_(Line{line, ending, number_});
}

}  // namespace glovebox::genome
