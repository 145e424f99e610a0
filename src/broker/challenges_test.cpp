#include "broker/broker_testing.h"

namespace glovebox::broker {
namespace {

using namespace test;

TEST(Broker, AChallengeIsItsOwnAndUsedOnceAndFor60Seconds) {
  World world;
  const World::Parts parts = world.parts();
  Bytes challenge = world.broker->challenge(world.platform.now);
  const auto key = [] { return crypto::KemPrivate::generate(crypto::Kem::x_wing); };
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, world.platform.now)),
      "accepted");
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, world.platform.now)),
      "challenge_unknown");
  challenge = world.broker->challenge(world.platform.now);
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, start.plus_seconds(61))),
      "challenge_unknown");
  challenge = world.broker->challenge(world.platform.now);
  world.reopen();  // knows none of its challenges from before
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, world.platform.now)),
      "challenge_unknown");
  // one that another signed
  const auto other = crypto::SigningKey::generate();
  auto call = protocol::ReleaseCall::parse(world.ask(parts).call).value();
  call.challenge = protocol::Challenge{{5}, start.plus_seconds(60)}.sign(other);
  EXPECT_EQ(reason_of(world.broker->release(call.encode(), world.platform.now)), "challenge_unknown");
}

TEST(Broker, AChallengeIsUsedUpByACallThatFails) {
  World world;
  World::Parts parts = world.parts();
  const Bytes challenge = world.broker->challenge(world.platform.now);
  const auto key = [] { return crypto::KemPrivate::generate(crypto::Kem::x_wing); };
  parts.request.not_after = start.plus_seconds(-1);
  EXPECT_EQ(reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, start)),
            "request_expired");
  EXPECT_EQ(reason_of(world.broker->release(world.ask(world.parts(), world.platform, challenge, key()).call, start)),
            "challenge_unknown");
}

TEST(Broker, ForgetsTheOldestChallengeInAFlood) {
  Challenges challenges(3);
  const auto first = challenges.issue(start);
  const auto second = challenges.issue(start);
  challenges.issue(start);
  challenges.issue(start);
  EXPECT_EQ(reason_of(challenges.take(first, start)), "challenge_unknown");
  EXPECT_EQ(reason_of(challenges.take(second, start)), "accepted");
}

}  // namespace
}  // namespace glovebox::broker
