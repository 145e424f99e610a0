// session_table.h: keys that wait for the one request that is sealed to them. Each was made for one evidence call and
// opens one request; what no request came for is erased after ten minutes, or sooner where there are too many.
#pragma once
#include <chrono>
#include <list>
#include <mutex>
#include <optional>

#include "attestation/evidence.h"
#include "crypto/kem.h"
#include "crypto/sign.h"
#include "protocol/document.h"

namespace glovebox::enclave {

constexpr std::chrono::minutes session_life{10};

struct Session {
  protocol::Binding binding{};
  std::optional<crypto::KemPrivate> hpke;  // until its envelope's key is open, or will not be
  crypto::SigningKey receipt;
  Bytes evidence;  // the message, as it was given to the host
};

// SessionTable is bounded and safe to use from many threads.
class SessionTable {
 public:
  using Clock = std::chrono::steady_clock;
  explicit SessionTable(std::size_t sessions_max) : sessions_max_(sessions_max) {}

  // add takes a session; the oldest goes where there is no room.
  void add(Session session, Clock::time_point now = Clock::now());
  // take gives it away: a second request finds nothing.
  std::optional<Session> take(View binding, Clock::time_point now = Clock::now());
  // expire erases what has waited too long.
  void expire(Clock::time_point now = Clock::now());
  std::size_t size() const;

 private:
  struct Waiting {
    Clock::time_point until;
    Session session;
  };
  void expire_locked(Clock::time_point now);
  std::size_t sessions_max_;
  mutable std::mutex mutex_;
  std::list<Waiting> waiting_;  // oldest first
};

}  // namespace glovebox::enclave
