#include "enclave/session_table.h"

namespace glovebox::enclave {

void SessionTable::expire_locked(Clock::time_point now) {
  while (!waiting_.empty() && waiting_.front().until <= now) waiting_.pop_front();
}

void SessionTable::expire(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  expire_locked(now);
}

void SessionTable::add(Session session, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  expire_locked(now);
  while (!waiting_.empty() && waiting_.size() >= sessions_max_) waiting_.pop_front();
  waiting_.push_back({now + session_life, std::move(session)});
}

std::optional<Session> SessionTable::take(View binding, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  expire_locked(now);
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (!equal(it->session.binding, binding)) continue;
    Session session = std::move(it->session);
    waiting_.erase(it);
    return session;
  }
  return std::nullopt;
}

std::size_t SessionTable::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace glovebox::enclave
