// database.h: SQLite as the broker uses it: one file, a write-ahead log, every commit on disk before it is answered.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>

#include "base/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace glovebox::broker {

// Database is one connection; its user sees to it that one thread uses it at a time. All failures are out_of_resources
// with what SQLite says (a full disk, a file that another process locks).
class Database {
 public:
  static Result<Database> open(const std::filesystem::path& file);
  Status run(const char* sql);
  sqlite3* handle() const { return handle_.get(); }
  std::unexpected<Error> failure() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// Query is one statement with its values, bound in order.
class Query {
 public:
  Query(Database& database, const char* sql);
  Query& bytes(View value);
  Query& number(std::uint64_t value);  // below 2^63
  Query& text(std::string_view value);
  Query& null();
  Query& maybe(const std::optional<Bytes>& value) { return value ? bytes(*value) : null(); }

  Result<bool> row();  // true: a row to read; false: the end
  Status done();       // runs a statement that has no rows
  Bytes bytes_at(int column) const;
  std::uint64_t number_at(int column) const;
  std::string text_at(int column) const;

 private:
  struct Finish {
    void operator()(sqlite3_stmt* statement) const;
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finish> statement_;
  int bound_ = 0;
  bool good_ = true;
};

// Transaction holds the write lock from its beginning; what is not committed is undone.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Status commit();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace glovebox::broker
