#include "attester/attester.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/reader.h"
#include "support.h"
#include "world.h"

namespace glovebox::attester {
namespace {
using attestation::Pcr;
using test::filled;
using test::World;

TEST(Nsm, RegistersExtendAndLock) {
  World w(false);
  Nsm& nsm = w.attester->nsm();
  EXPECT_EQ(nsm.describe()->locked_pcrs.size(), 16U);
  EXPECT_TRUE(nsm.describe_pcr(0)->lock);
  EXPECT_EQ(nsm.describe_pcr(0)->data, to_bytes(test::image_registers().at(0)));
  EXPECT_EQ(test::reason_of(nsm.extend_pcr(0, Bytes(48))), "platform_failed");
  EXPECT_EQ(nsm.extend_pcr(0, Bytes(48)).error().found, "ReadOnlyIndex");
  const auto once = nsm.extend_pcr(20, Bytes(3, 1));
  EXPECT_EQ(*once, attestation::extend(Pcr{}, Bytes(3, 1)));
  EXPECT_EQ(*nsm.extend_pcr(20, Bytes(3, 2)), attestation::extend(*once, Bytes(3, 2)));
  EXPECT_TRUE(nsm.lock_pcr(20));
  EXPECT_EQ(test::reason_of(nsm.extend_pcr(20, Bytes(3, 1))), "platform_failed");
  EXPECT_TRUE(nsm.lock_pcrs(32));
  EXPECT_EQ(nsm.describe()->locked_pcrs.size(), 32U);
  EXPECT_EQ(nsm.describe_pcr(32).error().found, "InvalidIndex");
  // A register shows in documents once it is locked.
  EXPECT_EQ(attestation::parse_unverified(*nsm.attest({}))->claims.pcrs.size(), 32U);
}

TEST(Nsm, AsksForNoMoreThanIsDocumented) {
  World w;
  Nsm& nsm = w.attester->nsm();
  EXPECT_EQ(test::reason_of(nsm.attest({.user_data = Bytes(512), .nonce = Bytes(512), .public_key = Bytes(1024)})),
            "accepted");
  EXPECT_EQ(test::reason_of(nsm.attest({.user_data = Bytes(513)})), "too_large");
  EXPECT_EQ(test::reason_of(nsm.attest({.nonce = Bytes(513)})), "too_large");
  EXPECT_EQ(test::reason_of(nsm.attest({.public_key = Bytes(1025)})), "too_large");
  EXPECT_EQ(test::reason_of(nsm.extend_pcr(20, Bytes(513))), "too_large");
  EXPECT_EQ(test::reason_of(nsm.extend_pcr(20, {})), "too_large");
}

TEST(Nsm, Random) {
  World w;
  Bytes one(1000);
  Bytes two(1000);
  ASSERT_TRUE(w.attester->nsm().random(one));
  ASSERT_TRUE(w.attester->nsm().random(two));
  EXPECT_NE(one, two);
  EXPECT_NE(Bytes(one.end() - 16, one.end()), Bytes(16));
}

TEST(NsmAttester, MeasuresInputsOnce) {
  World w(false);
  ASSERT_TRUE(w.attester->measure_inputs(w.models, w.configuration));
  EXPECT_EQ(w.attester->nsm().describe_pcr(16)->data, to_bytes(attestation::models_register(w.models)));
  EXPECT_EQ(w.attester->nsm().describe_pcr(17)->data, to_bytes(attestation::configuration_register(w.configuration)));
  EXPECT_TRUE(w.attester->nsm().describe_pcr(16)->lock);
  EXPECT_TRUE(w.attester->nsm().describe_pcr(17)->lock);
  EXPECT_EQ(test::reason_of(w.attester->measure_inputs(w.models, w.configuration)), "platform_failed");
}

TEST(NsmAttester, RefusesRegistersThatSomeoneWrote) {
  for (const std::uint8_t index : {attestation::pcr_models, attestation::pcr_configuration}) {
    World written(false);
    ASSERT_TRUE(written.attester->nsm().extend_pcr(index, Bytes(48)));
    EXPECT_EQ(test::reason_of(written.attester->measure_inputs(written.models, written.configuration)),
              "platform_failed");
    World locked(false);
    ASSERT_TRUE(locked.attester->nsm().lock_pcr(index));
    EXPECT_EQ(test::reason_of(locked.attester->measure_inputs(locked.models, locked.configuration)), "platform_failed");
  }
}

TEST(NsmAttester, TimeIsThePlatforms) {
  World w;
  EXPECT_EQ(*w.attester->now(), w.now);
  w.now = w.now.plus_seconds(86400);
  EXPECT_EQ(*w.attester->now(), w.now);
}

TEST(NsmAttester, KmsGetsTheKeyItself) {
  World w;
  const Bytes rsa(294, 0x30);
  const auto keys = *attestation::KeySet::create({{"kms", attestation::algorithm_rsa2048_spki, rsa}});
  const auto e = w.attester->attest({}, keys, attestation::KmsContext{"arn"});
  ASSERT_TRUE(e) << describe(e.error());
  const auto claims = attestation::parse_unverified(e->document)->claims;
  EXPECT_EQ(claims.public_key, rsa);
  EXPECT_FALSE(claims.nonce);
  EXPECT_EQ(*claims.user_data, to_bytes(e->binding().view()));
}

// Script answers with bytes of its own.
class Script final : public Transport {
 public:
  explicit Script(Bytes answer) : answer_(std::move(answer)) {}
  Result<Bytes> exchange(View) override { return answer_; }

 private:
  Bytes answer_;
};

TEST(NsmAttester, RefusesWhatIsNoModule) {
  using attestation::nsm::encode;
  using attestation::nsm::Response;
  for (const Bytes& answer :
       {Bytes{}, Bytes{0xa0}, encode(Response(attestation::nsm::Failure::internal_error)),
        encode(Response(attestation::nsm::Locked{})),
        encode(Response(attestation::nsm::Description{
            .version_major = 1, .module_id = "x", .max_pcrs = 16, .locked_pcrs = {}, .digest = "SHA384"})),
        encode(Response(attestation::nsm::Description{
            .version_major = 1, .module_id = "x", .max_pcrs = 32, .locked_pcrs = {}, .digest = "SHA256"}))})
    EXPECT_EQ(test::reason_of(NsmAttester::create(std::make_unique<Script>(answer))), "platform_failed");
  EXPECT_EQ(test::reason_of(open_device("/dev/null/nsm")), "platform_failed");
  const auto not_a_device = open_device("/dev/null");
  ASSERT_TRUE(not_a_device);
  EXPECT_EQ(test::reason_of((*not_a_device)->exchange(Bytes{0})), "platform_failed");
  EXPECT_EQ(test::reason_of(adopt_socket(0x7fff)), "platform_failed");
}

// Peer plays the other end of an inherited socket.
struct Peer {
  int ours = -1;
  std::unique_ptr<Transport> transport;
  Peer() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
    ours = pair[0];
    transport = *adopt_socket(pair[1]);
  }
  ~Peer() { ::close(ours); }
  void send(View bytes) const {
    if (::write(ours, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
};

TEST(Socket, FramesInPieces) {
  Peer peer;
  std::thread other([&] {
    Bytes request(4 + 3);
    std::size_t n = 0;
    while (n < request.size()) n += static_cast<std::size_t>(::read(peer.ours, request.data() + n, request.size() - n));
    EXPECT_EQ(to_hex(request), "00000003010203");
    for (const std::uint8_t b : Bytes{0, 0, 0, 2, 9, 8}) peer.send(Bytes{b});
  });
  const auto answer = peer.transport->exchange(Bytes{1, 2, 3});
  other.join();
  EXPECT_EQ(*answer, (Bytes{9, 8}));
}

TEST(Socket, EndsAndLies) {
  Peer large;
  large.send(Bytes{0, 0, 0x30, 1});  // 12,289 bytes to come
  EXPECT_EQ(test::reason_of(large.transport->exchange(Bytes{1})), "platform_failed");
  large.send(Bytes{0, 0, 0, 0});
  EXPECT_EQ(test::reason_of(large.transport->exchange(Bytes{1})), "platform_failed");  // never again on this stream
  Peer ended;
  ended.send(Bytes{0, 0, 0, 5, 1});
  ::shutdown(ended.ours, SHUT_WR);
  EXPECT_EQ(test::reason_of(ended.transport->exchange(Bytes{1})), "platform_failed");
}

TEST(NsmAttester, ManyThreads) {
  World w;
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (std::uint8_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::uint8_t i = 0; i < 8; ++i) {
        const auto nonce = filled<32>(static_cast<std::uint8_t>(8 * t + i));
        const auto e = w.attester->attest(nonce, w.keys(), w.context());
        if (e &&
            appraise(*e, {.purpose = attestation::Purpose::client, .nonce = nonce, .context = {}}, w.policy(), w.now))
          ++good;
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(good, 32);
}
}  // namespace
}  // namespace glovebox::attester
