#include "scoring/csv.h"

#include <random>

#include "support.h"

namespace glovebox::scoring {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Result<Rows> read(std::string_view text, std::size_t piece = SIZE_MAX) {
  Rows rows;
  CsvReader reader([&](const CsvRow& row) -> Status {
    rows.emplace_back(row.fields.begin(), row.fields.end());
    return {};
  });
  while (!text.empty()) {
    const auto front = text.substr(0, piece);
    GLOVEBOX_CHECK(reader.feed(view_of(front)));
    text.remove_prefix(front.size());
  }
  GLOVEBOX_CHECK(reader.finish());
  return rows;
}

TEST(Csv, ReadsRowsInEveryForm) {
  const Rows expected = {{"a", "b"}, {"1", "2"}, {"", "x,\"y\"\nz"}};
  for (const std::string_view text : {"a,b\n1,2\n,\"x,\"\"y\"\"\nz\"\n", "a,b\r\n1,2\r\n,\"x,\"\"y\"\"\nz\"",
                                      "\xef\xbb\xbf\"a\",b\n\"1\",2\n\"\",\"x,\"\"y\"\"\nz\"\n"})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, SIZE_MAX})
      EXPECT_EQ(read(text, piece).value(), expected) << text;
  EXPECT_EQ(read("only\n").value(), Rows{{"only"}});
  EXPECT_EQ(read("one\n\n").value(), (Rows{{"one"}, {""}}));
}

TEST(Csv, RefusesWithTheLine) {
  const auto refused = [](std::string_view text) { return read(text).error(); };
  EXPECT_EQ(refused("a,b\n1,2\n3\n"), (Error{Reject::table_malformed, "line 3: 1 field", "2, as in the header line"}));
  EXPECT_EQ(refused("a,b\n1,2,3\n").found, "line 2: 3 fields");
  EXPECT_EQ(refused("a,b\n1,2\n\n").found, "line 3: 1 field");
  EXPECT_EQ(refused("a\n\"x").found, "line 2: the end of the text in a quoted field");
  EXPECT_EQ(refused("a\n\"x\"y\n").found, "line 2: text after a closing quote");
  EXPECT_EQ(refused("a\nx\"y\n").found, "line 2: a quote inside a field that does not begin with one");
  EXPECT_EQ(refused("a\rb\n").found, "line 1: a carriage return in the middle of a line");
  EXPECT_EQ(refused(std::string_view("a\0b\n", 4)).found, "line 1: a NUL byte");
  EXPECT_EQ(refused("").found, "line 1: no header line");
  EXPECT_EQ(refused(std::string(csv_field_max + 1, 'x')).reason, Reject::too_large);
}

TEST(Csv, GivesBackWhatWasWrittenWhateverItIs) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const std::size_t columns = 1 + random() % 4;
    Rows rows(1 + random() % 4, std::vector<std::string>(columns));
    std::string text;
    for (auto& row : rows) {
      for (std::size_t i = 0; i < columns; ++i) {
        for (std::size_t n = random() % 5; n > 0; --n) row[i].push_back(std::string_view("ab,\"\n\r ")[random() % 7]);
        std::string quoted;
        for (const char c : row[i]) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        text += (i ? ",\"" : "\"") + quoted + "\"";
      }
      text += random() % 2 ? "\n" : "\r\n";
    }
    EXPECT_EQ(read(text, 1 + random() % 9).value(), rows) << text;
  }
}

}  // namespace
}  // namespace glovebox::scoring
