#include "genome/cut.h"

#include "base/secret.h"
#include "genome/place.h"

namespace glovebox::genome {
namespace {
constexpr std::size_t cohort_line_max = std::size_t{256} << 20;
constexpr std::uint64_t cohort_inflated_max = std::uint64_t{1} << 50;
}  // namespace

Limits SampleCutter::for_cohorts() {
  return {.inflate = {.inflated_max = cohort_inflated_max, .ratio_max = 1100, .ratio_free = 0},
          .line_max = cohort_line_max};
}

SampleCutter::SampleCutter(std::optional<std::string> sample, Sink sink, Limits limits)
    : wanted_(std::move(sample)),
      sink_(std::move(sink)),
      stream_({.meta =
                   [this](const Line& line) {
                     line_.assign(line.text);
                     line_ += line.ending;
                     return write(line_);
                   },
               .header = [this](const Line& line, const Header& header) -> Status {
                 GLOVEBOX_TRY(index, header.sample_index(wanted_));
                 sample_ = index;
                 columns_ = header.columns();
                 return cut(line, columns_);
               },
               .body = [this](const Line& line) { return cut(line, columns_); }},
              limits) {}

Status SampleCutter::feed(View piece) {
  return stream_.feed(piece);
}
Status SampleCutter::finish() {
  return stream_.finish();
}

// cut keeps CHROM to FORMAT and the sample's own column.
Status SampleCutter::cut(const Line& line, std::size_t columns) {
  const std::size_t own = fixed_columns + 1 + sample_;
  std::size_t count = 0, begin = 0, fixed_end = 0, own_begin = 0, own_end = 0;
  for (;; ++count) {
    const std::size_t tab = line.text.find('\t', begin);
    const std::size_t end = std::min(tab, line.text.size());
    if (count == fixed_columns) fixed_end = end;
    if (count == own) {
      own_begin = begin;
      own_end = end;
    }
    if (tab == std::string_view::npos) break;
    begin = tab + 1;
  }
  if (count + 1 != columns)
    return fail_at({line.number}, "columns", std::to_string(count + 1),
                   std::to_string(columns) + ", as in the line #CHROM");
  line_.assign(line.text.substr(0, fixed_end));
  line_ += '\t';
  line_ += line.text.substr(own_begin, own_end - own_begin);
  line_ += line.ending;
  return write(line_);
}

Status SampleCutter::write(std::string_view text) {
  return sink_(view_of(text));
}
}  // namespace glovebox::genome
