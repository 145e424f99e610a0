// csv.h: rows out of comma-separated text (RFC 4180) in pieces of any size: a header line with column names, then one
// line for each row, all with as many fields. Fields may be quoted ("" is a quote inside); lines end with CRLF or LF,
// the last also with the text's end. A byte order mark at the front is skipped.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace glovebox::scoring {

constexpr std::size_t csv_columns_max = 65'536;
constexpr std::size_t csv_field_max = 4'096;                 // bytes of one field
constexpr std::size_t csv_line_max = std::size_t{16} << 20;  // bytes of all fields of one line

struct CsvRow {
  std::uint64_t line = 0;  // where the row begins, from 1
  std::span<const std::string> fields;
};

class CsvReader {
 public:
  // Sink takes the header line first, then the rows. The fields are valid during the call. Its error ends everything.
  using Sink = std::function<Status(const CsvRow&)>;
  explicit CsvReader(Sink sink) : sink_(std::move(sink)) {}

  // feed: table_malformed, naming line and column (never a field's content), or too_large. The first error sticks.
  Status feed(View piece);
  // finish hands out the last line; table_malformed if a quoted field is open or there was no header line.
  Status finish();

 private:
  enum class At { field_start, plain, quoted, after_quote, after_cr };
  Status byte(char c);
  Status put(char c);
  Status end_field();
  Status end_line();
  std::unexpected<Error> refuse(std::string found, std::string expected) const;

  Sink sink_;
  Status status_;
  At at_ = At::field_start;
  std::vector<std::string> fields_;  // reused: the first used_ of them are this line's
  std::size_t used_ = 0;
  std::size_t columns_ = 0;  // of the header line; 0 before it
  std::size_t line_bytes_ = 0;
  std::uint64_t line_ = 1;      // where we are
  std::uint64_t row_line_ = 1;  // where the row began
  std::size_t mark_ = 0;        // bytes of the byte order mark seen
};

}  // namespace glovebox::scoring
