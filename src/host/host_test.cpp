#include <gmock/gmock.h>

#include "host/host_testing.h"
#include "support.h"

namespace glovebox::host {
namespace {

using namespace test;
using ::testing::HasSubstr;
using wire::FrameType;
using wire::Word;

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

TEST(Host, TellsWhatItIs) {
  const Front setup(echo_size);
  EXPECT_EQ(text(setup.get("/healthz")->body), R"({"status":"ok"})");
  EXPECT_THAT(text(setup.get("/service-info")->body), HasSubstr(R"("type":{"group":)"));
  EXPECT_THAT(setup.raw("GET /healthz HTTP/1.0\r\n\r\n"), HasSubstr(" 200 "));
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
