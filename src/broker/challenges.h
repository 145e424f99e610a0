// challenges.h: the nonces that were given out and not used yet. They live for a minute, so memory is the place for
// them: a broker that starts anew knows none, and enclaves ask again.
#pragma once
#include <deque>
#include <map>
#include <mutex>

#include "protocol/challenge.h"

namespace glovebox::broker {

class Challenges {
 public:
  // Beyond `max` the oldest is forgotten: a flood of challenges makes others ask again, and does no more.
  explicit Challenges(std::size_t max = 16'384) : max_(max) {}

  protocol::Challenge issue(Time now);
  // take uses a challenge up, whatever comes of it: challenge_unknown.
  Status take(const protocol::Challenge& challenge, Time now);

 private:
  std::size_t max_;
  std::mutex mutex_;
  std::map<Array<32>, Time> waiting_;
  std::deque<Array<32>> order_;
};

}  // namespace glovebox::broker
