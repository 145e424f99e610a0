// store.h: what a broker must not forget: what it is, which requests it released keys for, and its log. The log only
// grows: the database itself refuses to change or delete a row of it.
#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "broker/database.h"
#include "protocol/document.h"

namespace glovebox::broker {

constexpr std::uint64_t enclaves_max = 3;  // one request: its first enclave, and two more where one died

// Ask is what the transaction needs to know of a release that has passed everything else.
struct Ask {
  protocol::KeyNumber key_id{};
  protocol::RequestId request_id{};
  Digest core{};
  Digest model{};
  Digest parameters{};
  Digest attested_key{};  // H of the enclave's key set
  Digest call{};          // H of the release call
  std::optional<std::uint64_t> maximum_uses = {};
  Time now;
};

// Event is a row of the log. What was not known when a call was refused stays empty.
struct Event {
  Time time;
  std::string kind;    // release: a use; again: to another enclave; repeat: the same bytes once more; refusal
  std::string reject;  // the reason of a refusal
  std::string found;
  std::optional<Bytes> key_id = {};
  std::optional<Bytes> request_id = {};
  std::optional<Bytes> release_id = {};
  std::optional<Bytes> request_digest = {};
  std::optional<Bytes> policy_digest = {};
  std::optional<Bytes> requester = {};
  std::string version = {};  // the measurement, as the policy names it
};

// Granted is a release: the answer's bytes, and whether they were made now.
struct Granted {
  Bytes answer;
  std::string kind;
};

// MakeAnswer seals and signs, inside the transaction: an answer that is not stored is not sent.
using MakeAnswer = std::function<Result<Bytes>(std::uint64_t use, const protocol::ReleaseId& release_id)>;

// Store is safe to use from many threads and processes.
class Store {
 public:
  // create makes the database: file_unwritable where there is one. open: file_unreadable, version_unsupported.
  static Result<std::unique_ptr<Store>> create(const std::filesystem::path& file, const Digest& identity,
                                               const std::vector<Bytes>& development_roots);
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file);

  const Bytes& identity() const { return identity_; }
  bool development() const { return !development_roots_.empty(); }
  const std::vector<Bytes>& development_roots() const { return development_roots_; }

  // answer_of returns the stored answer to exactly this call, where it was answered before; `event` gets whose it is.
  Result<std::optional<Bytes>> answer_of(const Digest& call, Event& event);
  // release decides and stores, in one transaction: request_mismatch, uses_exhausted, retries_exhausted. `event` gets
  // its kind and release id and is logged in the same transaction.
  Result<Granted> release(const Ask& ask, Event& event, const MakeAnswer& make);
  Status log(const Event& event);

  Result<std::uint64_t> uses(const protocol::KeyNumber& key_id);
  Result<std::vector<Event>> events(std::uint64_t last);  // the last so many, oldest first

 private:
  explicit Store(Database database) : database_(std::move(database)) {}
  Status insert(const Event& event);
  std::mutex mutex_;
  Database database_;
  Bytes identity_;
  std::vector<Bytes> development_roots_;
};

}  // namespace glovebox::broker
