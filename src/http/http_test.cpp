#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "http/client.h"
#include "http/server.h"
#include "support.h"

namespace glovebox::http {
namespace {

using ::glovebox::test::reason_of;
using ::testing::StartsWith;

Deadline soon() {
  return Deadline::in(std::chrono::seconds(10));
}
std::string text(const Bytes& bytes) {
  return std::string(text_of(bytes));
}

// Pair is two ends of one connection.
struct Pair {
  std::unique_ptr<Stream> a;
  std::unique_ptr<Stream> b;
  Pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    a = adopt(ends[0]);
    b = adopt(ends[1]);
  }
};

// after_answer calls against a server that sends these bytes and closes.
Result<Response> after_answer(std::string_view answer, const Limits& limits = {}) {
  Pair pair;
  static_cast<void>(pair.b->write_all(view_of(answer), soon()));
  pair.b->close_write();
  return call(*pair.a, {.host = "x"}, limits, soon());
}

TEST(HttpClient, ReadsAnAnswer) {
  const auto response =
      after_answer("HTTP/1.1 503 Busy\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503U);
  EXPECT_EQ(response->content_type, "application/json");
  EXPECT_EQ(text(response->body), "abc");
  EXPECT_EQ(
      text(after_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")->body),
      "abcde");
  EXPECT_EQ(text(after_answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")->body),
            "a");
  EXPECT_EQ(text(after_answer("HTTP/1.0 200 OK\r\n\r\nto the end")->body), "to the end");
}

// By the byte: each cut of an answer is tried. (Beast's parser asserts what is not so of a last chunk that comes
// alone.)
TEST(HttpClient, ReadsAnAnswerHoweverItIsCut) {
  const std::string_view answer =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t cut = 1; cut < answer.size(); ++cut) {
    Pair pair;
    const std::jthread server([&] {
      for (std::size_t at = 0; at < answer.size(); at += cut) {
        static_cast<void>(pair.b->write_all(view_of(answer.substr(at, cut)), soon()));
        if (cut < 5) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    const auto response = call(*pair.a, {.host = "x"}, {}, soon());
    ASSERT_TRUE(response) << describe(response.error()) << cut;
    EXPECT_TRUE(response->body.empty());
  }
}

TEST(HttpClient, RefusesByName) {
  const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(reason_of(after_answer(good.substr(0, n))), "connection_lost") << n;
  EXPECT_EQ(reason_of(after_answer("SSH-2.0-OpenSSH\r\n\r\n")), "protocol_error");
  EXPECT_EQ(
      reason_of(after_answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
      "protocol_error");
  EXPECT_EQ(reason_of(after_answer("HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n")),
            "protocol_error");
  EXPECT_EQ(reason_of(after_answer(good, {.body_max = 2})), "too_large");
  EXPECT_EQ(reason_of(after_answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'), {.body_max = 1'000})),
            "too_large");
  std::string interim;
  for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(reason_of(after_answer(interim)), "protocol_error");
}

// A chunk's head has no length of its own: without a bound, memory would grow as long as the other side sends.
TEST(HttpClient, BoundsTheHeadOfAChunk) {
  Pair pair;
  const std::jthread server([&] {
    const std::string endless =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(std::size_t{8} << 20, 'x');
    static_cast<void>(pair.b->write_all(view_of(endless), soon()));
    pair.b->close_write();
  });
  EXPECT_EQ(reason_of(call(*pair.a, {.host = "x"}, {}, soon())), "protocol_error");
  pair.a.reset();
}

TEST(HttpClient, WritesNoRequestThatSomebodyElsePutTogether) {
  Pair pair;
  EXPECT_EQ(reason_of(call(*pair.a, {.target = "/ HTTP/1.1\r\nX: y", .host = "x"}, {}, soon())), "usage");
  EXPECT_EQ(reason_of(call(*pair.a, {.host = "x\r\ny"}, {}, soon())), "usage");
  EXPECT_EQ(reason_of(call(*pair.a, {.host = "x", .headers = {{"A", "b\nc"}}}, {}, soon())), "usage");
}

TEST(HttpClient, StopsAnUploadThatIsAnsweredEarly) {
  Pair pair;
  const std::jthread server([&] {
    Bytes some(1'000);
    static_cast<void>(pair.b->read_some(some, soon()));
    static_cast<void>(pair.b->write_all(view_of("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"), soon()));
  });
  std::uint64_t sent = 0;
  const Request request{.method = "POST",
                        .host = "x",
                        .source = [](std::span<std::uint8_t> out) { return Result<std::size_t>(out.size()); },
                        .progress = [&](std::uint64_t n) { sent = n; }};
  const auto response = call(*pair.a, request, {}, soon());  // a source without end
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 413U);
}

TEST(HttpClient, KeepsItsDeadlineOnBothWays) {
  Pair pair;
  const auto short_time = [] { return Deadline::in(std::chrono::milliseconds(50)); };
  EXPECT_EQ(reason_of(call(*pair.a, {.host = "x"}, {}, short_time())), "deadline");  // nobody answers
  const Request request{.method = "POST", .host = "x", .source = [](std::span<std::uint8_t> out) {
                          return Result<std::size_t>(out.size());
                        }};
  EXPECT_EQ(reason_of(call(*pair.a, request, {}, short_time())), "deadline");  // nobody reads
}

TEST(HttpClient, PassesASourcesErrorOn) {
  Pair pair;
  const Request request{.method = "POST", .host = "x", .source = [](std::span<std::uint8_t>) -> Result<std::size_t> {
                          return fail(Reject::vcf_malformed);
                        }};
  EXPECT_EQ(reason_of(call(*pair.a, request, {}, soon())), "vcf_malformed");
  const Request lies{.method = "POST",
                     .host = "x",
                     .source = [](std::span<std::uint8_t> out) { return Result<std::size_t>(out.size()); },
                     .source_size = 10};
  EXPECT_EQ(reason_of(call(*pair.a, lies, {}, soon())), "internal");
}

TEST(HttpConnect, NamesWhatIsNotReachable) {
  EXPECT_EQ(reason_of(connect_tcp("127.0.0.1", 1, soon())), "unreachable");
  EXPECT_EQ(reason_of(connect_unix("/nowhere/socket", soon())), "unreachable");
  EXPECT_EQ(reason_of(connect_tcp("no-such-host.invalid", 1, soon())), "unreachable");
  EXPECT_EQ(reason_of(connect_url(parse_url("https://x").value(), soon())), "usage");
}

TEST(Urls, RoundTripAndRefuse) {
  const Url url = parse_url("http://127.0.0.1:8080/a/b/").value();
  EXPECT_EQ(url.text(), "http://127.0.0.1:8080/a/b");
  EXPECT_EQ(parse_url("https://[::1]:8443")->authority(), "[::1]:8443");
  EXPECT_EQ(parse_url("https://host")->port, 443);
  EXPECT_EQ(parse_url("http://host/")->path, "");
  for (const char* bad :
       {"", "host", "ftp://host", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:8a", "http://u@h",
        "http://h/?q", "http://h/#f", "http://h/ x", "http://h\r\n", "http://[::1", "http://[x]:1", "http://[::1]x"})
    EXPECT_EQ(reason_of(parse_url(bad)), "usage") << bad;
}

// Served is a server that says what it was asked.
struct Served {
  ServerOptions options;
  std::unique_ptr<Server> server;
  explicit Served(ServerOptions given = {}) : options(std::move(given)) {
    server = Server::start(options, [](const ServerRequest& request) {
               return ServerResponse{200, "text/plain",
                                     to_bytes(view_of(request.method + " " + request.path + " " + request.query + " " +
                                                      std::to_string(request.body.size())))};
             }).value();
  }
  std::string raw(std::string_view bytes) const {
    const auto stream = connect_tcp("127.0.0.1", server->port(), soon()).value();
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

TEST(HttpServer, AnswersACall) {
  const Served served;
  const auto stream = connect_tcp("127.0.0.1", served.server->port(), soon()).value();
  const Bytes body(5'000, 1);
  const auto response =
      call(*stream, {.method = "POST", .target = "/a/b?c=d", .host = "localhost", .body = body}, {}, soon());
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(text(response->body), "POST /a/b c=d 5000");
}

TEST(HttpServer, RefusesWrongUseOfHttp) {
  const Served served({.body_max = 1'000});
  EXPECT_THAT(served.raw("hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(served.raw("GET / HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(served.raw("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(served.raw("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(served.raw("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(served.raw("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), StartsWith("HTTP/1.1 411"));
}

// probe is how long a call takes that means it, beside whatever else the server is sent.
std::chrono::milliseconds probe(const Served& served) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(served.raw("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

// What a chunk's head says beside the size counts towards no bound of a body: read on, it would be 8 GiB here.
TEST(HttpServer, EndsWhoSendsChunksThatAreAllHead) {
  const Served served;
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<bool> ended = false;
  const std::jthread sender([&](const std::stop_token& stop) {
    const auto stream = connect_tcp("127.0.0.1", served.server->port(), soon()).value();
    std::string piece = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    while (!stop.stop_requested() && stream->write_all(view_of(piece), soon())) {
      sent += piece.size();
      piece = "1;a=" + std::string(8'000, 'x') + "\r\nx\r\n";
    }
    ended = !stop.stop_requested();
  });
  for (int i = 0; i < 10; ++i) EXPECT_LT(probe(served), std::chrono::seconds(2));
  for (int i = 0; i < 300 && !ended; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(ended);
  EXPECT_LT(sent, std::uint64_t{64} << 20);  // 4 MiB, and what the sockets hold
}

// A body that comes a byte at a time is read once, not once for each byte.
TEST(HttpServer, ServesOthersWhileABodyComesByTheByte) {
  constexpr std::size_t size = std::size_t{512} << 10;
  const Served served({.timeout = std::chrono::milliseconds(60'000)});
  std::string answer;
  std::atomic<bool> over = false;
  std::jthread sender([&] {
    const Deadline deadline = Deadline::in(std::chrono::seconds(60));
    const auto stream = connect_tcp("127.0.0.1", served.server->port(), deadline).value();
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    static_cast<void>(stream->write_all(view_of(head), deadline));
    for (std::size_t i = 0; i < size && stream->write_all(view_of("x"), deadline); ++i) {
    }
    Bytes piece(4'096);
    for (Result<std::size_t> n = 0; (n = stream->read_some(piece, deadline)) && *n != 0;)
      answer += text_of(View(piece).first(*n));
    over = true;
  });
  while (!over) {
    EXPECT_LT(probe(served), std::chrono::seconds(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  sender.join();
  EXPECT_THAT(answer, testing::EndsWith(" 524288"));
}

TEST(HttpServer, TakesABodyOfItsBoundAndNoByteMore) {
  const Served served({.head_max = 100, .body_max = 100'000});
  const auto post = [&](std::size_t size) {
    return served.raw("POST / HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                      std::string(size, 'x'));
  };
  EXPECT_THAT(post(100'000), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post(100'001), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(served.raw(std::string(std::size_t{1} << 20, 'x')), StartsWith("HTTP/1.1 400"));  // no line at all
}

// Whoever never pauses is given up when its time is over, like a silent one.
TEST(HttpServer, EndsACallThatIsLateWithoutAPause) {
  const Served served({.body_max = std::size_t{1} << 27, .timeout = std::chrono::milliseconds(200)});
  const auto stream = connect_tcp("127.0.0.1", served.server->port(), soon()).value();
  ASSERT_TRUE(stream->write_all(view_of("POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n"), soon()));
  const auto start = std::chrono::steady_clock::now();
  while (stream->write_all(view_of("0123456789"), soon()) &&
         std::chrono::steady_clock::now() - start < std::chrono::seconds(5)) {
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

TEST(HttpServer, EndsASilentCall) {
  const Served served({.threads = 1, .timeout = std::chrono::milliseconds(100)});
  const auto silent = connect_tcp("127.0.0.1", served.server->port(), soon()).value();
  EXPECT_THAT(served.raw("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));  // after the silent one was given up
}

// Who got an answer and does not close, or has sent more than a request, or was refused early, keeps nobody out.
TEST(HttpServer, WhoDoesNotCloseAfterItsAnswerHoldsNoThread) {
  const Served served({.threads = 1, .waiting_max = 4, .body_max = 10});
  const std::string_view said[] = {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\nand more",
                                   "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nabc"};
  const std::string_view answered[] = {"HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 413"};
  std::vector<std::unique_ptr<Stream>> idle;
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 150; ++i) {
    idle.push_back(connect_tcp("127.0.0.1", served.server->port(), soon()).value());
    ASSERT_TRUE(idle.back()->write_all(view_of(said[i % 3]), soon()));
    Bytes piece(4'096);
    const auto n = idle.back()->read_some(piece, soon());
    ASSERT_TRUE(n);
    EXPECT_THAT(std::string(text_of(View(piece).first(*n))), StartsWith(std::string(answered[i % 3])));
  }
  EXPECT_THAT(served.raw("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  // Held for a second each, as they would be on the one thread, they would take two minutes and a half.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

// An answer that comes before the request is at its end arrives, though the client is still sending.
TEST(HttpServer, ARefusalReachesAClientThatIsStillSending) {
  const Served served({.body_max = 1'000});
  for (int i = 0; i < 5; ++i) {
    const auto stream = connect_tcp("127.0.0.1", served.server->port(), soon()).value();
    const Bytes body(std::size_t{2} << 20, 1);
    ASSERT_TRUE(stream->write_all(view_of("POST / HTTP/1.1\r\nContent-Length: 2097152\r\n\r\n"), soon()));
    ASSERT_TRUE(stream->write_all(body, soon()));
    Bytes piece(4'096);
    const auto n = stream->read_some(piece, soon());
    ASSERT_TRUE(n) << describe(n.error());
    EXPECT_THAT(std::string(text_of(View(piece).first(*n))), StartsWith("HTTP/1.1 413"));
  }
}

TEST(HttpServer, ServesManyAtOnceAndTurnsAwayTheRest) {
  const Served served({.threads = 4, .waiting_max = 200});
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 100; ++i)
      clients.emplace_back(
          [&] { good += served.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200") ? 1 : 0; });
  }
  EXPECT_EQ(good, 100);
}

TEST(HttpServer, TurnsAwayWhatItHasNoRoomFor) {
  const Served small({.threads = 1, .arriving_max = 2, .timeout = std::chrono::milliseconds(5'000)});
  const auto one = connect_tcp("127.0.0.1", small.server->port(), soon()).value();
  const auto two = connect_tcp("127.0.0.1", small.server->port(), soon()).value();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(small.raw("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  EXPECT_THAT(small.raw("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));  // the oldest made room
}

TEST(HttpServer, ServesWhoMeansItWhile200AreSlow) {
  const Served served({.threads = 2});
  std::vector<std::unique_ptr<Stream>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(connect_tcp("127.0.0.1", served.server->port(), soon()).value());
    const std::string_view begun[] = {"", "G", "GET / HTTP/1.1\r\nX: y",
                                      "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
                                      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"};
    ASSERT_TRUE(slow.back()->write_all(view_of(begun[i % 5]), soon()));
  }
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(served.raw("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));  // less than one of them is given
  ASSERT_TRUE(slow[3]->write_all(view_of("defghi"), soon()));                    // and a slow one that comes to its end
  Bytes piece(4'096);
  const auto n = slow[3]->read_some(piece, soon());
  ASSERT_TRUE(n);
  EXPECT_THAT(std::string(text_of(View(piece).first(*n))), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace glovebox::http
