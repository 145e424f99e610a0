#include "scan/row_scan.h"

#include <cstring>

namespace glovebox::scan {
namespace {
// Small enough to stay in a core's cache while blocks are written behind each other, large enough that a row across its
// end is rare.
constexpr std::size_t window_bytes = std::size_t{256} << 10;
}  // namespace

RowScan::RowScan(const genome::Panel& panel, const genome::Options& options, Instructions instructions, RowSink& sink)
    : build_(panel.build()),
      instructions_(instructions),
      reach_(panel),
      rules_(options.rules),
      line_max_(options.limits.line_max),
      rows_(sink),
      text_({.meta = {},
             .header = [this](const genome::Line&, genome::Header read) -> Status {
               GLOVEBOX_CHECK(rows_.header(std::move(read)));
               filter_.columns(rows_.columns(), rows_.sample());
               return {};
             },
             .body = [this](const genome::Line& line) { return rows_.row(line); }},
            line_max_),
      filter_(filter()),
      buffer_(padding + window_bytes + padding) {}

std::span<std::uint8_t> RowScan::room() {
  return buffer_.expose_mutable().subspan(padding + size_, window_bytes - size_);
}

Status RowScan::grew(std::size_t bytes) {
  size_ += bytes;
  return scan();
}

Status RowScan::take(View text) {
  while (!text.empty()) {
    const std::span<std::uint8_t> into = room();
    const std::size_t bytes = std::min(text.size(), into.size());
    std::memcpy(into.data(), text.data(), bytes);
    text = text.subspan(bytes);
    GLOVEBOX_CHECK(grew(bytes));
  }
  return {};
}

// give gives the reference a piece of the window.
Status RowScan::give(View text) {
  return text_.feed(text);
}

// give_stopped gives the row that a filter stopped at, between rows.
Status RowScan::give_stopped(Stop stop, const LoneSnv& snv, View row) {
  const bool taken = stop == Stop::snv && rows_.snv(snv.site, {.line = text_.lines() + 1,
                                                               .position = snv.position,
                                                               .ref = static_cast<char>(snv.ref),
                                                               .alt = static_cast<char>(snv.alt),
                                                               .copies = snv.copies});
  if (!taken) return give(row);
  text_.skip(1);
  return {};
}

// scan goes as far as there are whole rows.
Status RowScan::scan() {
  for (;;) {
    if (filters_) {
      const RowFilter::Found found = filter_.next(window());
      rows_.skip(found.passed, found.position);
      text_.skip(found.passed);
      if (found.stop == Stop::none) break;
      GLOVEBOX_CHECK(give_stopped(found.stop, found.snv, view_of(found.row)));
      if (found.stop == Stop::odd) filter_.learn(found.row);
      if (text_.between_rows()) continue;
      given_ = filter_.at();  // a blank line: nothing may follow, and the reference sees to it
      filters_ = false;
    }
    const View left = window().subspan(given_);
    const void* newline = left.empty() ? nullptr : std::memchr(left.data(), '\n', left.size());
    const std::size_t line =
        newline == nullptr ? left.size()
                           : static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - left.data()) + 1;
    given_ += line;
    GLOVEBOX_CHECK(give(left.first(line)));
    if (newline == nullptr) break;
    if (text_.between_rows()) {
      // The filter's text begins with a row.
      std::memmove(buffer_.expose_mutable().data() + padding, window().data() + given_, size_ - given_);
      size_ -= given_;
      given_ = 0;
      filter_.begin();
      filters_ = true;
    }
  }
  const std::size_t done = filters_ ? filter_.at() : given_;
  if (window_bytes - size_ >= room_min && size_ != done) return {};
  std::uint8_t* begin = buffer_.expose_mutable().data() + padding;
  std::memmove(begin, begin + done, size_ - done);
  size_ -= done;
  given_ = 0;
  if (filters_) filter_.begin();
  if (window_bytes - size_ >= room_min) return {};
  // A line that long goes to the reference, which knows how long it may be. The filter does not see where it lies, so
  // it must not hold the rows behind it to the one before it.
  GLOVEBOX_CHECK(give(window()));
  size_ = 0;
  filters_ = false;
  filter_.forget_contig();
  return {};
}

RowFilter RowScan::filter() const {
  return RowFilter(reach_, build_, rules_, line_max_, instructions_);
}

Status RowScan::leave_text() {
  if (filters_) GLOVEBOX_CHECK(give(window().subspan(filter_.at())));
  size_ = given_ = 0;
  filters_ = false;
  filter_.forget_contig();  // it does not see what comes by another way
  return {};
}

// take_run: the first whole row of a run stopped as odd, since its filter knew no contig. So the reference has seen it
// before anything is skipped, and what is skipped is in order behind it.
Status RowScan::take_run(const Run& run) {
  const View text = run.text();
  GLOVEBOX_CHECK(give(text.first(run.head())));
  std::size_t given = run.head();
  for (const Run::Stopped& stopped : run.stops()) {
    if (!text_.between_rows()) break;
    rows_.skip(stopped.passed, stopped.position);
    text_.skip(stopped.passed);
    GLOVEBOX_CHECK(give_stopped(stopped.stop, stopped.snv, text.subspan(stopped.begin, stopped.size)));
    given = stopped.begin + std::size_t{stopped.size};
  }
  if (text_.between_rows()) {
    rows_.skip(run.passed(), run.position());
    text_.skip(run.passed());
    given = run.tail();
  }
  // What is left: an unfinished line, or all that follows a blank one.
  return give(text.subspan(given));
}

Status RowScan::finish() {
  GLOVEBOX_CHECK(leave_text());
  return text_.finish();
}

}  // namespace glovebox::scan
