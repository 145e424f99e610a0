#include <gmock/gmock.h>

#include <thread>

#include "host/host_testing.h"
#include "wire/configuration.h"
#include "wire/info.h"

namespace glovebox::host {
namespace {

using namespace test;
using ::testing::HasSubstr;
using wire::FrameType;
using wire::Word;

TEST(Host, TurnsAwayWhatItHasNoRoomFor) {
  const Front setup(echo_size, {.connections_max = 2});
  const auto one = setup.connect();
  const auto two = setup.connect();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_THAT(setup.raw(""), HasSubstr(" 503 "));
}

TEST(Host, MakesRoomForWhoComesByDroppingWhoIsOnTheWayForLongest) {
  const Front setup(echo_size, {.connections_max = 3});
  const auto silent = setup.connect();
  const auto slow = stalled(setup, 10);
  const auto slower = stalled(setup, 10);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
  const Bytes body = wire::upload_head(view_of("abc"));
  EXPECT_EQ(setup.call(upload(body))->status, 200U);
  EXPECT_THAT(rest(*silent), HasSubstr(" 503 "));
  EXPECT_EQ(setup.call(upload(body))->status, 200U);
}

// Who got its answer and does not close holds nothing; who was answered early and sends on is the first to make room.
TEST(Host, WhoDoesNotCloseAfterItsAnswerKeepsNobodyOut) {
  const Front setup(echo_size, {.upload_max = 1'000, .connections_max = 4});
  const std::string_view said[] = {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
                                   "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nand more",
                                   "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nabc"};
  const std::string_view answered[] = {" 200 ", " 200 ", " 413 "};
  std::vector<std::unique_ptr<http::Stream>> idle;
  for (std::size_t i = 0; i < 60; ++i) {
    idle.push_back(setup.connect());
    ASSERT_TRUE(idle.back()->write_all(view_of(said[i % 3]), soon()));
    EXPECT_THAT(rest(*idle.back()), HasSubstr(answered[i % 3])) << i;
  }
  EXPECT_EQ(setup.get("/healthz")->status, 200U);
}

TEST(Host, LetsNoSlowClientHoldAPlace) {
  std::atomic<int> calls = 0;
  const Front setup(
      [&](Call& call) {
        ++calls;
        echo_size(call);
      },
      {.requests_max = 1});
  std::vector<std::unique_ptr<http::Stream>> slow;
  for (int i = 0; i < 20; ++i) slow.push_back(stalled(setup, 10'000));
  const Bytes body = wire::upload_head(view_of("abc"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(setup.call(upload(body))->status, 200U);
  EXPECT_EQ(calls, 5);
}

TEST(Host, TakesThePlaceOfWhoStallsWhileOthersWait) {
  const Front setup(echo_size, {.requests_max = 1, .crowded = std::chrono::milliseconds(300)});
  const auto holder = stalled(setup, 500'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  const Bytes body = wire::upload_head(view_of("abc"));  // nobody waited until now
  EXPECT_EQ(setup.call(upload(body))->status, 200U);
  EXPECT_THAT(rest(*holder), HasSubstr(" 503 "));
}

// An answer that is too long to hold is streamed while the enclave gives it: who does not read it holds a place too.
TEST(Host, TakesThePlaceOfWhoDoesNotReadWhileOthersWait) {
  const Bytes long_reply(std::size_t{64} << 20, 0x33);
  const Front setup(
      [&](Call& call) {
        const auto first = call.next();
        if (!first) return;
        while (auto frame = call.next())
          if (frame->type == FrameType::end) break;
        call.reply(first->payload.size() == 4 ? View(long_reply) : view_of("short"));
        call.end(Word::ok);
      },
      {.requests_max = 1, .crowded = std::chrono::milliseconds(300)});
  const auto holder = setup.connect();
  ASSERT_TRUE(holder->write_all(concat({view_of("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n"),
                                        wire::upload_head(view_of("long"))}),
                                soon()));
  Bytes head(12);
  ASSERT_TRUE(holder->read_exactly(head, soon()));  // the answer has begun
  const Bytes body = wire::upload_head(view_of("abc"));
  const auto response = setup.call(upload(body));  // within its deadline of 20 seconds
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(text(response->body), "short");
  EXPECT_LT(rest(*holder).size(), long_reply.size());  // what it gets is no whole answer
}

TEST(Host, GivesTurnsInTheOrderOfAskingAndSaysBusyAtOnceBeyond) {
  std::mutex mutex;
  std::vector<std::size_t> order;
  std::atomic<bool> hold = true;
  const Front setup(
      [&](Call& call) {
        const auto first = call.next();
        if (!first) return;
        {
          const std::lock_guard lock(mutex);
          order.push_back(first->payload.size());
        }
        while (hold) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        echo_size(call);
      },
      {.requests_max = 1, .waiting_max = 3});
  std::vector<std::jthread> clients;
  std::atomic<int> good = 0;
  for (std::size_t i = 1; i <= 4; ++i) {
    clients.emplace_back([&, i] {
      const Bytes body = wire::upload_head(Bytes(i, 1));
      const auto response = setup.call(upload(body));
      if (response && response->status == 200) ++good;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(setup.call(upload(wire::upload_head(Bytes(9, 1))))->status, 503U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  hold = false;
  clients.clear();
  EXPECT_EQ(good, 4);
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3, 4));
}

TEST(Host, AsksTheEnclaveForItsPlacesAndAgainWhenItIsBusy) {
  std::atomic<int> asked = 0;
  std::atomic<int> busy = 1;
  const Front setup(
      [&](Call& call) {
        const auto first = call.next();
        if (!first) return;
        if (first->type == FrameType::info) {
          ++asked;
          call.reply(wire::encode(
              wire::Info{.version = "1", .models = {}, .configuration = wire::encode(wire::Configuration{})}));
          return call.end(Word::ok);
        }
        if (busy-- > 0) return call.end(Word::busy);
        echo_size(call);
      },
      {.requests_max = 0}, false);
  const Bytes body = wire::upload_head(view_of("abc"));
  EXPECT_EQ(setup.call(upload(body))->status, 503U);
  EXPECT_EQ(setup.call(upload(body))->status, 200U);
  EXPECT_EQ(setup.call(upload(body))->status, 200U);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace glovebox::host
