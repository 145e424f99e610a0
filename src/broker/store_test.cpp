#include <thread>

#include "broker/broker_testing.h"

namespace glovebox::broker {
namespace {

using namespace test;

TEST(Broker, CountsRequestsAndNotCalls) {
  World world;
  world.rules.maximum_uses = 2;
  World::Parts parts = world.parts();
  const auto use_of = [&](const World::Asked& asked) {
    const auto answer = world.broker->release(asked.call, start);
    return answer ? protocol::Release::open(*answer, world.broker->identity(), asked.context)->use : 0;
  };
  EXPECT_EQ(use_of(world.ask(parts)), 1U);
  EXPECT_EQ(use_of(world.ask(parts)), 1U);  // another enclave
  parts.request.result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing).public_key();
  EXPECT_EQ(use_of(world.ask(parts)), 1U);  // a retry of the client's has another result key
  EXPECT_EQ(reason_of(world.release(parts)), "retries_exhausted");
  World::Parts second = world.parts();
  second.request.request_id = {2};
  EXPECT_EQ(use_of(world.ask(second)), 2U);
  World::Parts third = world.parts();
  third.request.request_id = {3};
  EXPECT_EQ(reason_of(world.release(third)), "uses_exhausted");
  world.reopen();  // counts survive
  EXPECT_EQ(reason_of(world.release(third)), "uses_exhausted");
  EXPECT_EQ(world.broker->store().uses(world.key_id), 2U);
  second.request.parameters_digest[0] ^= 1;
  EXPECT_EQ(reason_of(world.release(second)), "request_mismatch");
  second = world.parts();
  second.request.request_id = {2};
  // A new wrap of the same key shares its count: the key id is what counts.
  second.wrapped =
      protocol::WrappedKey::wrap(world.statement(), second.policy,
                                 {world.owner.public_key(), world.key_id, second.core.digest(), world.share.copy()})
          .value();
  third.wrapped = second.wrapped;
  EXPECT_EQ(reason_of(world.release(third)), "uses_exhausted");
}

TEST(Broker, GivesTheSameBytesToTheSameEnclave) {
  World world;
  world.rules.maximum_uses = 1;
  const World::Parts parts = world.parts();
  const auto seed = Secret<32>(Array<32>{3});
  const auto key = [&] { return crypto::KemPrivate::from_seed(crypto::Kem::x_wing, seed); };
  const auto first = world.ask(parts, world.platform, world.broker->challenge(start), key());
  const auto answer = world.broker->release(first.call, start);
  ASSERT_TRUE(answer);
  EXPECT_EQ(world.broker->release(first.call, start), answer);  // the same call: its answer was lost
  world.reopen();
  EXPECT_EQ(world.broker->release(first.call, start.plus_seconds(1'000)), answer);
  const auto fresh = world.ask(parts, world.platform, world.broker->challenge(start), key());
  EXPECT_EQ(world.broker->release(fresh.call, start), answer);  // a new challenge for the same key
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.broker->release(first.call, start), answer);
  EXPECT_EQ(world.broker->store().uses(world.key_id), 1U);
}

TEST(Broker, CountsOnceFor50ThreadsWithOneRequest) {
  World world;
  world.rules.maximum_uses = 1;
  const World::Parts parts = world.parts();
  std::vector<World::Asked> calls;
  for (int i = 0; i < 50; ++i) calls.push_back(world.ask(parts));  // each another enclave key
  std::atomic<int> released = 0;
  std::atomic<int> exhausted = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto& call : calls)
      threads.emplace_back([&] {
        const auto answer = world.broker->release(call.call, start);
        if (answer) ++released;
        if (!answer && answer.error().reason == Reject::retries_exhausted) ++exhausted;
      });
  }
  EXPECT_EQ(released, 3);
  EXPECT_EQ(exhausted, 47);
  EXPECT_EQ(world.broker->store().uses(world.key_id), 1U);
}

TEST(Broker, OneOf50RequestsGetsTheOneUse) {
  World world;
  world.rules.maximum_uses = 1;
  std::vector<World::Asked> calls;
  for (std::uint8_t i = 0; i < 50; ++i) {
    World::Parts parts = world.parts();
    parts.request.request_id = {i};
    calls.push_back(world.ask(parts));
  }
  std::atomic<int> released = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto& call : calls)
      threads.emplace_back([&] { released += world.broker->release(call.call, start) ? 1 : 0; });
  }
  EXPECT_EQ(released, 1);
}

TEST(Broker, LogsEachReleaseAndRefusal) {
  World world;
  const World::Parts parts = world.parts();
  const auto asked = world.ask(parts);
  ASSERT_TRUE(world.broker->release(asked.call, start));
  ASSERT_TRUE(world.broker->release(asked.call, start));
  ASSERT_TRUE(world.release(parts));
  World::Parts bad = world.parts();
  bad.request.core_digest[0] ^= 1;
  ASSERT_FALSE(world.release(bad));
  const auto events = world.broker->store().events(10).value();
  ASSERT_EQ(events.size(), 4U);
  const std::pair<std::string, std::string> expected[] = {
      {"release", ""}, {"repeat", ""}, {"again", ""}, {"refusal", "request_mismatch"}};
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].kind, expected[i].first);
    EXPECT_EQ(events[i].reject, expected[i].second);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(events[i].request_id, Bytes(events[0].request_id.value())) << events[i].kind;
    EXPECT_EQ(events[i].request_id->size(), 16U) << events[i].kind;
    EXPECT_EQ(events[i].release_id == events[0].release_id, i < 2) << events[i].kind;
  }
  EXPECT_EQ(events[0].version, "0.1.0");
  EXPECT_THAT(world.broker->metrics(), ::testing::HasSubstr(R"(refusals_total{reason="request_mismatch"} 1)"));
}

}  // namespace
}  // namespace glovebox::broker
