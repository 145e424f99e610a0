// layers: scoring
// max_len: 4096
#include "scoring/csv.h"

#include "property.h"

// Rows do not depend on where the text was cut into pieces; all of them have as many fields as the header line; and
// what was read reads the same again when it is written with every field quoted.
using glovebox::View;
using glovebox::fuzz::require;

namespace {

using Rows = std::vector<std::vector<std::string>>;

glovebox::Status read(View text, std::size_t piece, Rows& rows) {
  glovebox::scoring::CsvReader reader([&rows](const glovebox::scoring::CsvRow& row) -> glovebox::Status {
    rows.emplace_back(row.fields.begin(), row.fields.end());
    return {};
  });
  while (!text.empty()) {
    const View front = text.first(std::min(piece, text.size()));
    GLOVEBOX_CHECK(reader.feed(front));
    text = text.subspan(front.size());
  }
  return reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View text(data, size);
  Rows whole;
  Rows pieces;
  const auto status = read(text, text.size() + 1, whole);
  require(read(text, 1 + size % 7, pieces) == status && whole == pieces, "pieces change nothing");
  if (!status) return 0;
  std::string quoted;
  for (const auto& row : whole) {
    require(row.size() == whole.front().size(), "every row has the header's fields");
    for (std::size_t i = 0; i < row.size(); ++i) {
      quoted += i ? ",\"" : "\"";
      for (const char c : row[i]) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
      quoted += '"';
    }
    quoted += '\n';
  }
  Rows again;
  require(read(glovebox::view_of(quoted), quoted.size(), again).has_value() && again == whole,
          "what is written reads the same");
  return 0;
}
