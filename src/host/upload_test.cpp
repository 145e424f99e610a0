#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "host/host_testing.h"
#include "support.h"

namespace glovebox::host {
namespace {

using namespace test;
using ::testing::HasSubstr;
using wire::FrameType;
using wire::Word;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

TEST(Host, PassesAnUploadOn) {
  const Front setup([](Call& call) {
    const auto first = call.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, FrameType::score);
    EXPECT_EQ(text(first->payload), "request");
    Bytes body;
    for (auto frame = call.next(); frame && frame->type == FrameType::data; frame = call.next())
      body.insert(body.end(), frame->payload.begin(), frame->payload.end());
    call.reply(concat({view_of("got "), body}));
    call.end(Word::ok);
  });
  const auto response = setup.call(upload(concat({wire::upload_head(view_of("request")), view_of("envelope")})));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(text(response->body), "got envelope");
}

TEST(Host, SaysEachWord) {
  for (const Word word : {Word::busy, Word::too_large, Word::deadline, Word::failed}) {
    const Front setup([word](Call& call) {
      while (auto frame = call.next())
        if (frame->type != FrameType::score && frame->type != FrameType::data) break;
      call.reply(view_of("half an answer"));  // that nobody may see
      call.end(word);
    });
    const auto response = setup.call(upload(wire::upload_head(view_of("request"))));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, http_status(word));
    EXPECT_EQ(text(response->body), to_json(word));
  }
}

std::uint64_t peak_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
  return 0;
}

TEST(Host, StreamsAnUploadOf50MegabytesInConstantMemory) {
  const Front setup(echo_size);
  constexpr std::uint64_t size = 50'000'000;
  const std::uint64_t before = peak_kib();
  for (const bool chunked : {false, true}) {
    std::uint64_t told = 0;
    http::Request request = upload({});
    request.source = a_source(size);
    if (!chunked) request.source_size = size + 104;
    request.progress = [&](std::uint64_t sent) { told = sent; };
    const auto response = setup.call(request);
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_EQ(text(response->body), std::to_string(size));
    EXPECT_EQ(told, size + 104);
  }
  if (!sanitized) {
    EXPECT_LT(peak_kib() - before, 8'192U);
  }
  EXPECT_THAT(text(setup.get("/metrics")->body), HasSubstr("glovebox_host_upload_bytes_total 100000208"));
}

TEST(Host, StreamsALongReply) {
  const Bytes long_reply(std::size_t{20} << 20, 0x33);
  for (const Word word : {Word::ok, Word::failed}) {
    const Front setup([&](Call& call) {
      while (auto frame = call.next())
        if (frame->type == FrameType::end) break;
      call.reply(long_reply);
      call.end(word);
    });
    const auto response = setup.call(upload(wire::upload_head(view_of("request"))));
    if (word == Word::ok) {
      ASSERT_TRUE(response) << describe(response.error());
      EXPECT_TRUE(response->body == long_reply);
    } else {  // its head said 200, so only an unfinished answer can say that it is none
      EXPECT_EQ(::glovebox::test::reason_of(response), "connection_lost");
    }
  }
}

TEST(Host, AnswersEarlyWhenTheEnclaveDoes) {
  const Front setup([](Call& call) {
    call.next();
    call.end(Word::busy);
    while (call.next()) {
    }
  });
  http::Request request = upload({});
  request.source = a_source(2'000'000'000);
  request.source_size = 2'000'000'104;
  const auto response = setup.call(request);
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 503U);
}

TEST(Host, SaysFailedWhenTheEnclaveDiesInAnUpload) {
  const Front setup([](Call& call) {
    call.next();
    call.next();  // then its connection closes, as when its process is killed
  });
  http::Request request = upload({});
  request.source = a_source(1'000'000'000);
  const auto began = std::chrono::steady_clock::now();
  const auto response = setup.call(request);
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 502U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(Host, LetsGoOfTheEnclaveWhenTheClientLeaves) {
  std::atomic<int> ended = 0;
  const Front setup([&](Call& call) {
    while (call.next()) {
    }
    ++ended;
  });
  {  // in the middle of an upload
    const auto client = setup.connect();
    ASSERT_TRUE(
        client->write_all(concat({view_of("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"),
                                  wire::upload_head(view_of("abc")), Bytes(500'000)}),
                          soon()));
  }
  {  // while it waits for its answer
    const auto client = setup.connect();
    ASSERT_TRUE(client->write_all(concat({view_of("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n"),
                                          wire::upload_head(view_of("abc"))}),
                                  soon()));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(ended, 1);
  }
  for (int i = 0; i < 100 && ended < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(ended, 2);
  EXPECT_THAT(text(setup.get("/metrics")->body), HasSubstr("clients_gone_total 2"));
}

TEST(Host, BoundsAChunkedUpload) {
  const Front setup(echo_size, {.upload_max = 1'000'000});
  http::Request request = upload({});
  request.source = a_source(50'000'000);
  const auto response = setup.call(request);
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 413U);
}

TEST(Host, ServesManyAtOnce) {
  const Front setup(echo_size);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 32; ++i)
      clients.emplace_back([&] {
        http::Request request = upload({});
        request.source = a_source(1'000'000);
        const auto response = setup.call(request);
        if (response && text(response->body) == "1000000") ++good;
      });
  }
  EXPECT_EQ(good, 32);
}

TEST(Host, LetsARunningCallEndWhenItStops) {
  Front setup([](Call& call) {
    while (auto frame = call.next()) {
      if (frame->type != FrameType::end) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      call.reply(view_of("late"));
      call.end(Word::ok);
    }
  });
  std::string got;
  std::jthread client([&] {
    const auto response = setup.call(upload(wire::upload_head(view_of("request"))));
    if (response) got = text(response->body);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  setup.host->stop(std::chrono::seconds(5));
  client.join();
  EXPECT_EQ(got, "late");
}

}  // namespace
}  // namespace glovebox::host
