#include <gmock/gmock.h>

#include "host/host_testing.h"
#include "http/server.h"
#include "support.h"

namespace glovebox::host {
namespace {

using namespace test;
using ::testing::HasSubstr;
using wire::FrameType;
using wire::Word;

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

}  // namespace
}  // namespace glovebox::host
