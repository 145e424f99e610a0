#include "broker/store.h"

#include "crypto/random.h"

namespace glovebox::broker {
namespace {

constexpr std::uint64_t schema_version = 1;
constexpr std::size_t found_max = 512;

// A use is one request_id under one key_id. A release is one answer: an enclave's key that got the share.
constexpr const char* schema = R"(
CREATE TABLE broker (one INTEGER PRIMARY KEY CHECK (one = 1), schema INTEGER NOT NULL, identity BLOB NOT NULL) STRICT;
CREATE TABLE development_root (sha256 BLOB PRIMARY KEY) STRICT;
CREATE TABLE use (key_id BLOB NOT NULL, request_id BLOB NOT NULL, number INTEGER NOT NULL, core BLOB NOT NULL, model BLOB NOT NULL,
                  parameters BLOB NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (key_id, request_id)) STRICT;
CREATE TABLE release (release_id BLOB PRIMARY KEY, key_id BLOB NOT NULL, request_id BLOB NOT NULL, attested_key BLOB NOT NULL,
                      call BLOB NOT NULL, answer BLOB NOT NULL, time INTEGER NOT NULL, UNIQUE (key_id, request_id, attested_key),
                      FOREIGN KEY (key_id, request_id) REFERENCES use (key_id, request_id)) STRICT;
CREATE INDEX release_by_call ON release (call);
CREATE TABLE log (number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, reject TEXT NOT NULL,
                  found TEXT NOT NULL, key_id BLOB, request_id BLOB, release_id BLOB, request_digest BLOB, policy_digest BLOB,
                  requester BLOB, version TEXT NOT NULL) STRICT;
CREATE TRIGGER log_keeps BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_stays BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER root_keeps BEFORE UPDATE ON development_root BEGIN SELECT RAISE(ABORT, 'development is for good'); END;
CREATE TRIGGER root_stays BEFORE DELETE ON development_root BEGIN SELECT RAISE(ABORT, 'development is for good'); END;
)";

std::uint64_t milliseconds(Time time) {
  return static_cast<std::uint64_t>(time.milliseconds);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::create(const std::filesystem::path& file, const Digest& identity,
                                             const std::vector<Bytes>& development_roots) {
  if (std::filesystem::exists(file)) return fail(Reject::file_unwritable, file.string() + " exists", "a new folder");
  {
    GLOVEBOX_TRY(database, Database::open(file));
    GLOVEBOX_TRY(transaction, Transaction::begin(database));
    GLOVEBOX_CHECK(database.run(schema));
    GLOVEBOX_CHECK(
        Query(database, "INSERT INTO broker VALUES (1, ?, ?)").number(schema_version).bytes(identity).done());
    for (const Bytes& root : development_roots)
      GLOVEBOX_CHECK(Query(database, "INSERT OR IGNORE INTO development_root VALUES (?)").bytes(root).done());
    GLOVEBOX_CHECK(transaction.commit());
  }
  return open(file);
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    return fail(Reject::file_unreadable, file.string() + " is not there", "a broker's folder",
                "make one with `glovebox-broker init`");
  GLOVEBOX_TRY(database, Database::open(file));
  std::unique_ptr<Store> store(new Store(std::move(database)));
  Query broker(store->database_, "SELECT schema, identity FROM broker");
  GLOVEBOX_TRY(there, broker.row());
  if (!there || broker.number_at(0) != schema_version)
    return fail(Reject::version_unsupported, file.string(),
                "a broker's database of version " + std::to_string(schema_version));
  store->identity_ = broker.bytes_at(1);
  Query roots(store->database_, "SELECT sha256 FROM development_root");
  for (;;) {
    GLOVEBOX_TRY(more, roots.row());
    if (!more) break;
    store->development_roots_.push_back(roots.bytes_at(0));
  }
  return store;
}

Result<std::optional<Bytes>> Store::answer_of(const Digest& call, Event& event) {
  const std::lock_guard lock(mutex_);
  Query query(database_, "SELECT answer, key_id, request_id, release_id FROM release WHERE call = ?");
  GLOVEBOX_TRY(there, query.bytes(call).row());
  if (!there) return std::nullopt;
  event.key_id = query.bytes_at(1);
  event.request_id = query.bytes_at(2);
  event.release_id = query.bytes_at(3);
  return query.bytes_at(0);
}

Result<Granted> Store::release(const Ask& ask, Event& event, const MakeAnswer& make) {
  const std::lock_guard lock(mutex_);
  GLOVEBOX_TRY(transaction, Transaction::begin(database_));
  std::uint64_t number = 0;
  Granted granted;
  {
    Query use(database_, "SELECT number, core, model, parameters FROM use WHERE key_id = ? AND request_id = ?");
    GLOVEBOX_TRY(known, use.bytes(ask.key_id).bytes(ask.request_id).row());
    if (known) {
      number = use.number_at(0);
      const auto same_as = [&](int column, const Digest& digest) { return equal(use.bytes_at(column), digest); };
      if (!same_as(1, ask.core) || !same_as(2, ask.model) || !same_as(3, ask.parameters))
        return fail(Reject::request_mismatch, "a request id that was used for another envelope, model or parameters",
                    "a new request id");
    }
  }
  if (number != 0) {
    Query before(database_,
                 "SELECT answer, release_id FROM release WHERE key_id = ? AND request_id = ? AND attested_key = ?");
    GLOVEBOX_TRY(answered, before.bytes(ask.key_id).bytes(ask.request_id).bytes(ask.attested_key).row());
    if (answered) {
      granted = {before.bytes_at(0), "repeat"};
      event.release_id = before.bytes_at(1);
    } else {
      Query count(database_, "SELECT count(*) FROM release WHERE key_id = ? AND request_id = ?");
      GLOVEBOX_TRY(there, count.bytes(ask.key_id).bytes(ask.request_id).row());
      static_cast<void>(there);
      if (count.number_at(0) >= enclaves_max)
        return fail(Reject::retries_exhausted, std::to_string(count.number_at(0)) + " enclaves",
                    "at most " + std::to_string(enclaves_max), "make a new request");
      granted.kind = "again";
    }
  } else {
    Query count(database_, "SELECT count(*) FROM use WHERE key_id = ?");
    GLOVEBOX_TRY(there, count.bytes(ask.key_id).row());
    static_cast<void>(there);
    number = count.number_at(0) + 1;
    if (ask.maximum_uses && number > *ask.maximum_uses)
      return fail(Reject::uses_exhausted, std::to_string(number - 1) + " uses",
                  "at most " + std::to_string(*ask.maximum_uses));
    GLOVEBOX_CHECK(Query(database_, "INSERT INTO use VALUES (?, ?, ?, ?, ?, ?, ?)")
                       .bytes(ask.key_id)
                       .bytes(ask.request_id)
                       .number(number)
                       .bytes(ask.core)
                       .bytes(ask.model)
                       .bytes(ask.parameters)
                       .number(milliseconds(ask.now))
                       .done());
    granted.kind = "release";
  }
  if (granted.kind != "repeat") {
    const auto release_id = crypto::random_array<16>();
    GLOVEBOX_TRY(answer, make(number, release_id));
    granted.answer = std::move(answer);
    event.release_id = to_bytes(release_id);
    GLOVEBOX_CHECK(Query(database_, "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)")
                       .bytes(release_id)
                       .bytes(ask.key_id)
                       .bytes(ask.request_id)
                       .bytes(ask.attested_key)
                       .bytes(ask.call)
                       .bytes(granted.answer)
                       .number(milliseconds(ask.now))
                       .done());
  }
  event.kind = granted.kind;
  GLOVEBOX_CHECK(insert(event));
  GLOVEBOX_CHECK(transaction.commit());
  return granted;
}

Status Store::insert(const Event& event) {
  return Query(database_,
               "INSERT INTO log (time, kind, reject, found, key_id, request_id, release_id, request_digest, "
               "policy_digest, requester, "
               "version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .number(milliseconds(event.time))
      .text(event.kind)
      .text(event.reject)
      .text(std::string_view(event.found).substr(0, found_max))
      .maybe(event.key_id)
      .maybe(event.request_id)
      .maybe(event.release_id)
      .maybe(event.request_digest)
      .maybe(event.policy_digest)
      .maybe(event.requester)
      .text(event.version)
      .done();
}

Status Store::log(const Event& event) {
  const std::lock_guard lock(mutex_);
  return insert(event);
}

Result<std::uint64_t> Store::uses(const protocol::KeyNumber& key_id) {
  const std::lock_guard lock(mutex_);
  Query query(database_, "SELECT count(*) FROM use WHERE key_id = ?");
  GLOVEBOX_TRY(there, query.bytes(key_id).row());
  static_cast<void>(there);
  return query.number_at(0);
}

Result<std::vector<Event>> Store::events(std::uint64_t last) {
  const std::lock_guard lock(mutex_);
  Query query(database_,
              "SELECT time, kind, reject, found, request_id, release_id, version FROM (SELECT * FROM log ORDER BY "
              "number DESC LIMIT ?) "
              "ORDER BY number");
  query.number(last);
  std::vector<Event> out;
  for (;;) {
    GLOVEBOX_TRY(more, query.row());
    if (!more) return out;
    Event event;
    event.time = {static_cast<std::int64_t>(query.number_at(0))};
    event.kind = query.text_at(1);
    event.reject = query.text_at(2);
    event.found = query.text_at(3);
    event.request_id = query.bytes_at(4);
    event.release_id = query.bytes_at(5);
    event.version = query.text_at(6);
    out.push_back(std::move(event));
  }
}

}  // namespace glovebox::broker
