// toml_reader.h: reads a TOML file as the list of the fields it may have. As with base/reader.h, the first failure
// sticks; `finish` reports it, or the first key that nobody asked for. The library behind it stays in toml_reader.cpp.
#pragma once
#include <memory>
#include <optional>

#include "base/bytes.h"

namespace glovebox::verifier {

// TomlTable is one table of a file; copies share it.
class TomlTable {
 public:
  // parse reads UTF-8 text. policy_invalid, with the line; too_large.
  static Result<TomlTable> parse(View text, std::size_t size_max);

  bool has(std::string_view key) const;
  // What must be there is policy_empty when it is not; of another type or out of bounds it is policy_invalid. After a
  // failure all of these return empty values.
  std::string text(std::string_view key, std::size_t max);
  std::optional<std::string> text_if(std::string_view key, std::size_t max);
  std::uint64_t number(std::string_view key, std::uint64_t min, std::uint64_t max);
  std::optional<std::uint64_t> number_if(std::string_view key, std::uint64_t min, std::uint64_t max);
  bool flag(std::string_view key);  // false where it is not
  template <std::size_t N>
  Array<N> hex(std::string_view key) {
    Array<N> out{};
    const Bytes bytes = hex_bytes(key, N);
    if (bytes.size() == N) std::ranges::copy(bytes, out.begin());
    return out;
  }
  std::vector<std::string> texts(std::string_view key, std::size_t max, std::size_t text_max);  // empty where it is not
  TomlTable table(std::string_view key);
  std::optional<TomlTable> table_if(std::string_view key);
  std::vector<TomlTable> tables(std::string_view key, std::size_t max);  // [[key]]; empty where there is none

  void refuse(Reject reason, std::string found = {}, std::string expected = {});
  bool ok() const;
  // finish is for the whole file, whichever of its tables it is called on.
  Status finish() const;

 private:
  struct File;
  struct Node;
  TomlTable(std::shared_ptr<File> file, std::shared_ptr<Node> node) : file_(std::move(file)), node_(std::move(node)) {}
  Bytes hex_bytes(std::string_view key, std::size_t size);
  TomlTable child(const void* table, std::string path);

  std::shared_ptr<File> file_;
  std::shared_ptr<Node> node_;
};

}  // namespace glovebox::verifier
