#include "broker/database.h"

#include <sqlite3.h>

namespace glovebox::broker {
namespace {
constexpr int busy_milliseconds = 5'000;  // another process (`key list`) may hold the file for a moment
}

void Database::Close::operator()(sqlite3* handle) const {
  ::sqlite3_close(handle);
}
void Query::Finish::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

std::unexpected<Error> Database::failure() const {
  return fail(Reject::out_of_resources, std::string("database: ") + ::sqlite3_errmsg(handle_.get()),
              "a database that can be written");
}

Result<Database> Database::open(const std::filesystem::path& file) {
  Database database;
  sqlite3* handle = nullptr;
  const int status = ::sqlite3_open_v2(file.c_str(), &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.handle_.reset(handle);
  if (status != SQLITE_OK)
    return fail(Reject::file_unreadable, file.string() + ": " + ::sqlite3_errstr(status), "a broker's database");
  ::sqlite3_busy_timeout(handle, busy_milliseconds);
  ::sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  GLOVEBOX_CHECK(database.run(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"));
  return database;
}

Status Database::run(const char* sql) {
  if (::sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure();
  return {};
}

Query::Query(Database& database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  good_ = ::sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr) == SQLITE_OK;
  statement_.reset(statement);
}

Query& Query::bytes(View value) {
  // A blob without bytes would be NULL, hence the pointer that is never null.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  good_ = good_ && ::sqlite3_bind_blob64(statement_.get(), ++bound_, data, value.size(), SQLITE_TRANSIENT) == SQLITE_OK;
  return *this;
}
Query& Query::number(std::uint64_t value) {
  good_ = good_ && ::sqlite3_bind_int64(statement_.get(), ++bound_, static_cast<sqlite3_int64>(value)) == SQLITE_OK;
  return *this;
}
Query& Query::text(std::string_view value) {
  good_ = good_ && ::sqlite3_bind_text64(statement_.get(), ++bound_, value.data() == nullptr ? "" : value.data(),
                                         value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK;
  return *this;
}
Query& Query::null() {
  good_ = good_ && ::sqlite3_bind_null(statement_.get(), ++bound_) == SQLITE_OK;
  return *this;
}

Result<bool> Query::row() {
  const int status = good_ ? ::sqlite3_step(statement_.get()) : SQLITE_ERROR;
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return database_.failure();
}

Status Query::done() {
  GLOVEBOX_TRY(more, row());
  static_cast<void>(more);
  return {};
}

Bytes Query::bytes_at(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(::sqlite3_column_blob(statement_.get(), column));
  return data == nullptr ? Bytes() : Bytes(data, data + ::sqlite3_column_bytes(statement_.get(), column));
}
std::uint64_t Query::number_at(int column) const {
  return static_cast<std::uint64_t>(::sqlite3_column_int64(statement_.get(), column));
}
std::string Query::text_at(int column) const {
  return std::string(text_of(bytes_at(column)));
}

Result<Transaction> Transaction::begin(Database& database) {
  GLOVEBOX_CHECK(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Status Transaction::commit() {
  GLOVEBOX_CHECK(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK"));
}

}  // namespace glovebox::broker
