#include "broker/api.h"
#include "broker/broker_testing.h"
#include "protocol/refusal.h"

namespace glovebox::broker {
namespace {

using namespace test;

TEST(BrokerApi, AnswersOverHttp) {
  World world;
  const auto ask = [&](std::string method, std::string path, Bytes body = {}) {
    return answer(*world.broker, {std::move(method), std::move(path), "", std::move(body)}, start);
  };
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  EXPECT_EQ(ask("GET", "/v1/keys").body, world.broker->keys());
  EXPECT_EQ(ask("GET", "/v1/challenge").status, 405U);
  EXPECT_EQ(ask("GET", "/nothing").status, 404U);
  const auto asked = world.ask(world.parts(), world.platform, ask("POST", "/v1/challenge").body,
                               crypto::KemPrivate::generate(crypto::Kem::x_wing));
  EXPECT_EQ(ask("POST", "/v1/release", asked.call).status, 200U);
  World::Parts bad = world.parts();
  bad.request.core_digest[0] ^= 1;
  const auto refused = ask("POST", "/v1/release", world.ask(bad).call);
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(protocol::parse_refusal(refused.body)->reason, Reject::request_mismatch);
  EXPECT_EQ(ask("POST", "/v1/release", {1, 2}).status, 400U);
  EXPECT_THAT(std::string(text_of(ask("GET", "/metrics").body)),
              ::testing::HasSubstr(R"(releases_total{kind="release"} 1)"));
}

}  // namespace
}  // namespace glovebox::broker
