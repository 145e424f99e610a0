#include "host/host.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "host/fake_enclave.h"
#include "http/client.h"
#include "http/server.h"
#include "support.h"
#include "wire/configuration.h"
#include "wire/info.h"
#include "wire/message.h"

namespace glovebox::host {
namespace {

using test::Call;
using test::FakeEnclave;
using test::Folder;
using test::soon;
using ::testing::HasSubstr;
using wire::FrameType;
using wire::Word;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// Front is a host before a fake enclave.
struct Front {
  Folder folder;
  std::optional<FakeEnclave> enclave;
  std::unique_ptr<Host> host;

  explicit Front(std::function<void(Call&)> serve, Options options = {}, bool told_places = true) {
    if (serve) enclave.emplace(enclave_path(), std::move(serve));
    options.listen_port = 0;
    if (told_places && options.requests_max == 0)
      options.requests_max = 64;  // most fakes do not say how many they take
    options.enclave = {wire::Address::Kind::unix_socket, enclave_path()};
    auto started = Host::start(options);
    if (!started) ADD_FAILURE() << describe(started.error());
    host = std::move(*started);
  }
  ~Front() { host.reset(); }  // before the enclave
  std::string enclave_path() const { return (folder.path / "enclave").string(); }
  std::unique_ptr<http::Stream> connect() const { return http::connect_tcp("127.0.0.1", host->port(), soon()).value(); }
  Result<http::Response> call(const http::Request& request) const {
    const auto stream = connect();
    return http::call(*stream, request, {.body_max = std::size_t{64} << 20}, soon());
  }
  Result<http::Response> get(const std::string& target) const { return call({.target = target, .host = "localhost"}); }
  // raw sends bytes as they are and returns all that comes back.
  std::string raw(std::string_view bytes) const {
    const auto stream = connect();
    static_cast<void>(stream->write_all(view_of(bytes), soon()));
    std::string out;
    Bytes piece(4'096);
    for (;;) {
      const auto n = stream->read_some(piece, soon());
      if (!n || *n == 0) return out;
      out += text_of(View(piece).first(*n));
    }
  }
};

std::string text(const Bytes& bytes) {
  return std::string(text_of(bytes));
}

http::Request upload(const Bytes& body) {
  return {.method = "POST", .target = "/v1/score", .host = "localhost", .body = body};
}

// a_source makes `size` bytes of a pattern after the upload's head.
std::function<Result<std::size_t>(std::span<std::uint8_t>)> a_source(std::uint64_t size) {
  auto head = std::make_shared<Bytes>(wire::upload_head(Bytes(100, 7)));
  auto left = std::make_shared<std::uint64_t>(size);
  return [head, left](std::span<std::uint8_t> out) -> Result<std::size_t> {
    if (!head->empty()) {
      const std::size_t n = head->size();
      std::ranges::copy(*head, out.begin());
      head->clear();
      return n;
    }
    const std::size_t n = std::min<std::uint64_t>(out.size(), *left);
    std::ranges::fill(out.first(n), std::uint8_t{0xab});
    *left -= n;
    return n;
  };
}

// echo_size is an enclave that reads to the end and answers how many bytes came.
void echo_size(Call& call) {
  std::uint64_t size = 0;
  while (auto frame = call.next()) {
    if (frame->type == FrameType::data) size += frame->payload.size();
    if (frame->type != FrameType::end) continue;
    call.reply(view_of(std::to_string(size)));
    call.end(Word::ok);
    return;
  }
}

TEST(Host, PassesEvidenceOn) {
  const Front setup([](Call& call) {
    const auto frame = call.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->type, FrameType::evidence);
    call.reply(concat({view_of("evidence for "), frame->payload}));
    call.end(Word::ok);
  });
  const Bytes nonce(32, 0x5a);
  const auto response = setup.get("/v1/evidence?nonce=" + to_hex(nonce));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(response->content_type, "application/cbor");
  EXPECT_EQ(response->body, concat({view_of("evidence for "), nonce}));
}

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

TEST(Host, SaysFailedWithoutAnEnclave) {
  const Front setup(nullptr);
  EXPECT_EQ(setup.get("/v1/info")->status, 502U);
  EXPECT_EQ(setup.call(upload(wire::upload_head(view_of("request"))))->status, 502U);
  EXPECT_EQ(setup.get("/healthz")->status, 200U);
}

TEST(Host, SaysFailedForAnEnclaveThatSpeaksSomethingElse) {
  for (const std::string& wrong : {std::string("HTTP/1.1 200 OK\r\n\r\n"), std::string("\x10\xff\xff\xff\xff"),
                                   std::string("\x11\0\0\0\x01\x09", 6)}) {
    const Front setup([&](Call& call) {
      call.next();
      static_cast<void>(call.stream.write_all(view_of(wrong), soon()));
      while (call.next()) {
      }
    });
    EXPECT_EQ(setup.get("/v1/info")->status, 502U);
  }
}

TEST(Host, SaysDeadlineForASlowEnclave) {
  const Front setup(
      [](Call& call) {
        while (call.next()) {
        }
      },
      {.timeout = std::chrono::milliseconds(200)});
  EXPECT_EQ(setup.get("/v1/info")->status, 504U);
  EXPECT_EQ(setup.call(upload(wire::upload_head(view_of("request"))))->status, 504U);
}

TEST(Host, SaysDeadlineForASilentClient) {
  const Front setup(echo_size, {.idle = std::chrono::milliseconds(200)});
  EXPECT_THAT(setup.raw("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"), HasSubstr(" 504 "));
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

TEST(Host, RefusesWrongUseOfHttp) {
  const Front setup(echo_size, {.upload_max = 100'000});
  const std::string nonce(64, 'a');
  const std::pair<std::string, int> cases[] = {
      {"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"GET /v1/score HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"POST /v1/info HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405},
      {"GET /v1/evidence HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /v1/evidence?nonce=abcd HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /v1/evidence?nonce=" + nonce + "&x=1 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"hello\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n", 400},
      {"GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\n\r\n", 400},
      // the shapes of request smuggling
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nabcde", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"GET /v1/info HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", 400},
      // an upload that is none
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n" + std::string(4, '\0'), 400},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\xff\xff\xff\xff", 413},
      {"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413},
  };
  for (const auto& [request, status] : cases)
    EXPECT_THAT(setup.raw(request), ::testing::StartsWith("HTTP/1.1 " + std::to_string(status) + " "))
        << request.substr(0, 200);
}

TEST(Host, BoundsAChunkedUpload) {
  const Front setup(echo_size, {.upload_max = 1'000'000});
  http::Request request = upload({});
  request.source = a_source(50'000'000);
  const auto response = setup.call(request);
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 413U);
}

TEST(Host, TurnsAwayWhatItHasNoRoomFor) {
  const Front setup(echo_size, {.connections_max = 2});
  const auto one = setup.connect();
  const auto two = setup.connect();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_THAT(setup.raw(""), HasSubstr(" 503 "));
}

// An upload whose client has sent its head, `sent` bytes of 1 MB of envelope, and then nothing.
std::unique_ptr<http::Stream> stalled(const Front& setup, std::size_t sent) {
  auto client = setup.connect();
  EXPECT_TRUE(
      client->write_all(concat({view_of("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000007\r\n\r\n"),
                                wire::upload_head(view_of("abc")), Bytes(sent)}),
                        soon()));
  return client;
}

std::string rest(http::Stream& stream) {
  std::string out;
  Bytes piece(4'096);
  for (;;) {
    const auto n = stream.read_some(piece, soon());
    if (!n || *n == 0) return out;
    out += text_of(View(piece).first(*n));
  }
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

TEST(Host, TellsWhatItIs) {
  const Front setup(echo_size);
  EXPECT_EQ(text(setup.get("/healthz")->body), R"({"status":"ok"})");
  EXPECT_THAT(text(setup.get("/service-info")->body), HasSubstr(R"("type":{"group":)"));
  EXPECT_THAT(setup.raw("GET /healthz HTTP/1.0\r\n\r\n"), HasSubstr(" 200 "));
}

// Proxied is a host with a broker, and the proxy's path.
struct Proxied {
  std::unique_ptr<http::Server> broker =
      http::Server::start({}, [](const http::ServerRequest& request) {
        return http::ServerResponse{200, "application/cbor", to_bytes(view_of("broker " + request.path))};
      }).value();
  Folder folder;
  Options options() const {
    Options out;
    out.broker = http::parse_url("http://127.0.0.1:" + std::to_string(broker->port())).value();
    out.proxy = wire::parse_address("unix:" + path()).value();
    return out;
  }
  std::string path() const { return (folder.path / "proxy").string(); }
};

TEST(Host, LeadsTheEnclaveToTheBroker) {
  const Proxied proxied;
  const Front setup(echo_size, proxied.options());
  EXPECT_EQ(text(setup.get("/v1/broker/keys")->body), "broker /v1/keys");
  const auto stream = http::connect_unix(proxied.path(), soon()).value();
  ASSERT_TRUE(stream->write_all(wire::proxy_call("broker"), soon()));
  Array<1> answer{9};
  ASSERT_TRUE(stream->read_exactly(answer, soon()));
  EXPECT_EQ(answer[0], wire::proxy_connected);
  const auto response = http::call(*stream, {.target = "/v1/x", .host = "broker"}, {}, soon());
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(text(response->body), "broker /v1/x");
}

TEST(Host, LeadsNowhereElse) {
  Proxied proxied;
  const Front setup(echo_size, proxied.options());
  const auto ask = [&](const Bytes& bytes) -> std::string {
    const auto stream = http::connect_unix(proxied.path(), soon()).value();
    static_cast<void>(stream->write_all(bytes, soon()));
    Array<1> answer{9};
    return stream->read_exactly(answer, soon()) ? std::to_string(answer[0]) : "closed";
  };
  EXPECT_EQ(ask(wire::proxy_call("kms")), "1");
  EXPECT_EQ(ask({0}), "closed");
  EXPECT_EQ(ask({255}), "closed");
  EXPECT_EQ(ask({3, 'B', '.', '/'}), "closed");
  proxied.broker->stop();
  proxied.broker.reset();
  EXPECT_EQ(ask(wire::proxy_call("broker")), "1");
  EXPECT_EQ(setup.get("/v1/broker/keys")->status, 502U);
}

TEST(Host, RecordsEveryByteWhenAsked) {
  Folder folder;
  const std::string file = (folder.path / "saw.bin").string();
  {
    const Front setup(echo_size, {.record = file});
    ASSERT_TRUE(setup.call(upload(concat({wire::upload_head(view_of("request")), view_of("sealed marker")}))));
  }
  EXPECT_THAT(text(::glovebox::test::read(file)), HasSubstr("sealed marker"));
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Host, ReplacesTheSocketOfADeadHostOnly) {
  const Proxied proxied;
  Options options = proxied.options();
  options.listen_port = 0;
  options.enclave = {wire::Address::Kind::unix_socket, "/nowhere"};
  const int left_over = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(proxied.path(), address.sun_path);
  ASSERT_EQ(::bind(left_over, reinterpret_cast<const ::sockaddr*>(&address), sizeof address), 0);
  ::close(left_over);
  const auto first = Host::start(options);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(::glovebox::test::reason_of(Host::start(options)), "unreachable");
}

TEST(Host, SpeaksNoTls) {
  Options options;
  options.broker = http::parse_url("https://broker.example").value();
  EXPECT_EQ(::glovebox::test::reason_of(Host::start(options)), "unsupported");
}

// The program links no cryptography: whoever reads its memory or replaces it holds what it holds, sealed bytes.
TEST(Host, LinksNoCryptography) {
  const std::string program = std::string(GLOVEBOX_BUILD) + "/bin/glovebox-host";
  GLOVEBOX_NEEDS(program);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(("nm " + program + " 2>/dev/null").c_str(), "r"),
                                                             ::pclose);
  ASSERT_TRUE(pipe);
  std::string symbols;
  for (char line[4'096]; std::fgets(line, sizeof line, pipe.get()) != nullptr;) symbols += line;
  ASSERT_THAT(symbols, HasSubstr(" main")) << "nm found no symbols to look at";
  for (const char* crypto : {"EVP_", "OPENSSL_", "SSL_", "AES_", "SHA256", "RAND_", "aes_gcm", "x25519", "X25519",
                             "ml_kem", "glovebox6crypto"})
    EXPECT_THAT(symbols, Not(HasSubstr(crypto)));
}

}  // namespace
}  // namespace glovebox::host
