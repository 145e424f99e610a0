#include "broker/challenges.h"

#include "crypto/random.h"

namespace glovebox::broker {

protocol::Challenge Challenges::issue(Time now) {
  const Time whole = Time::from_seconds(now.seconds());
  const protocol::Challenge challenge{crypto::random_array<32>(), whole.plus_seconds(protocol::challenge_seconds)};
  const std::lock_guard lock(mutex_);
  while (order_.size() >= max_) {
    waiting_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(challenge.nonce);
  waiting_.emplace(challenge.nonce, challenge.expires);
  return challenge;
}

Status Challenges::take(const protocol::Challenge& challenge, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(challenge.nonce);
  if (found == waiting_.end())
    return fail(Reject::challenge_unknown, "a challenge that was used, or was given out before this broker started",
                "a fresh one");
  const Time expires = found->second;
  waiting_.erase(found);  // its place in order_ ages out
  if (now > expires)
    return fail(Reject::challenge_unknown, "a challenge that expired at " + to_rfc3339(expires), to_rfc3339(now));
  return {};
}

}  // namespace glovebox::broker
