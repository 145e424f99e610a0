#include "scoring/csv.h"

namespace glovebox::scoring {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

std::unexpected<Error> CsvReader::refuse(std::string found, std::string expected) const {
  return fail(Reject::table_malformed, "line " + std::to_string(line_) + ": " + std::move(found), std::move(expected));
}

Status CsvReader::put(char c) {
  if (used_ >= csv_columns_max)
    return fail(Reject::too_large, "more than " + std::to_string(csv_columns_max) + " columns");
  if (used_ == fields_.size()) fields_.emplace_back();
  if (fields_[used_].size() >= csv_field_max)
    return fail(Reject::too_large,
                "line " + std::to_string(line_) + ": a field of more than " + std::to_string(csv_field_max) + " bytes");
  if (++line_bytes_ > csv_line_max) return fail(Reject::too_large, "line " + std::to_string(line_));
  fields_[used_].push_back(c);
  return {};
}

Status CsvReader::end_field() {
  if (used_ >= csv_columns_max)
    return fail(Reject::too_large, "more than " + std::to_string(csv_columns_max) + " columns");
  if (used_ == fields_.size()) fields_.emplace_back();  // an empty one
  ++used_;
  at_ = At::field_start;
  return {};
}

Status CsvReader::end_line() {
  GLOVEBOX_CHECK(end_field());
  if (columns_ == 0) columns_ = used_;
  if (used_ != columns_)
    return refuse(std::to_string(used_) + (used_ == 1 ? " field" : " fields"),
                  std::to_string(columns_) + ", as in the header line");
  GLOVEBOX_CHECK(sink_({row_line_, std::span(fields_).first(used_)}));
  for (std::size_t i = 0; i < used_; ++i) fields_[i].clear();
  used_ = 0;
  line_bytes_ = 0;
  row_line_ = line_ + 1;
  return {};
}

Status CsvReader::byte(char c) {
  if (c == '\0') return refuse("a NUL byte", "text");
  if (at_ == At::after_cr) {
    if (c != '\n') return refuse("a carriage return in the middle of a line", "a quoted field, or a line end");
    GLOVEBOX_CHECK(end_line());
    ++line_;
    return {};
  }
  if (at_ == At::quoted) {
    if (c == '"') {
      at_ = At::after_quote;
      return {};
    }
    if (c == '\n') ++line_;
    return put(c);
  }
  switch (c) {
    case ',':
      return end_field();
    case '\r':
      at_ = At::after_cr;
      return {};
    case '\n':
      GLOVEBOX_CHECK(end_line());
      ++line_;
      return {};
    case '"':
      if (at_ == At::plain)
        return refuse("a quote inside a field that does not begin with one", "the whole field quoted");
      if (at_ == At::after_quote) GLOVEBOX_CHECK(put('"'));
      at_ = At::quoted;
      return {};
    default:
      if (at_ == At::after_quote) return refuse("text after a closing quote", "a comma or the line's end");
      at_ = At::plain;
      return put(c);
  }
}

Status CsvReader::feed(View piece) {
  for (const std::uint8_t b : piece) {
    if (!status_) break;
    const char c = static_cast<char>(b);
    if (mark_ < byte_order_mark.size()) {
      if (c == byte_order_mark[mark_]) {
        ++mark_;
        continue;
      }
      const std::size_t seen = std::exchange(mark_, byte_order_mark.size());
      for (std::size_t i = 0; status_ && i < seen; ++i) status_ = byte(byte_order_mark[i]);
      if (!status_) break;
    }
    status_ = byte(c);
  }
  return status_;
}

Status CsvReader::finish() {
  if (!status_) return status_;
  const bool open_line = used_ > 0 || at_ != At::field_start;
  if (at_ == At::quoted)
    status_ = refuse("the end of the text in a quoted field", "its closing quote");
  else if (open_line)
    status_ = end_line();
  if (status_ && columns_ == 0) status_ = refuse("no header line", "column names");
  return status_;
}

}  // namespace glovebox::scoring
