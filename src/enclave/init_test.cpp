#include "enclave/init.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/reader.h"
#include "enclave/model_call.h"
#include "support.h"

namespace glovebox::enclave {
namespace {

using Entropy = BootOptions::Entropy;

TEST(BootOptionsTest, WordsOfTheKernelAreNotOurs) {
  EXPECT_EQ(parse_boot_options(""), BootOptions{});
  EXPECT_EQ(parse_boot_options("reboot=k panic=30 pci=off nomodules console=ttyS0 virtio_mmio.device=4K@0xd0000000:5"),
            BootOptions{});
}

TEST(BootOptionsTest, OursAreReadWhereverTheyStand) {
  const BootOptions processor = {.entropy = Entropy::processor};
  EXPECT_EQ(parse_boot_options("glovebox.entropy=processor quiet"), processor);
  EXPECT_EQ(parse_boot_options("quiet  glovebox.entropy=processor\n"), processor);
  EXPECT_EQ(parse_boot_options("quiet glovebox.entropy=nsm x=glovebox.entropy=processor"), BootOptions{});
}

TEST(BootOptionsTest, UnknownOnesAndSecondOnesAreRefused) {
  for (const char* line : {"glovebox.", "glovebox.entropy", "glovebox.entropy=", "glovebox.entropy=NSM",
                           "glovebox.entropy=none", "glovebox.debug=1", "quiet glovebox.models=host"})
    EXPECT_EQ(test::reason_of(parse_boot_options(line)), "config_invalid") << line;
  EXPECT_EQ(test::reason_of(parse_boot_options("glovebox.entropy=nsm x glovebox.entropy=nsm")), "config_invalid");
}

TEST(Entropy, OnlyTheModulesGeneratorIsTaken) {
  EXPECT_TRUE(check_entropy("nsm-hwrng"));
  for (const char* other : {"", "none", "virtio_rng.0", "nsm-hwrng2", "nsm"})
    EXPECT_EQ(test::reason_of(check_entropy(other)), "entropy_unavailable") << other;
}

TEST(Init, IsNoFirstProcessOfATest) {
  EXPECT_FALSE(is_init("/init"));
}

// Peer is the other end of a stream: what it was asked to say, and then its end.
struct Peer {
  explicit Peer(Bytes says, bool ends = true) {
    int ends_of[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of), 0);
    ours = http::adopt(ends_of[0]);
    theirs = Fd(ends_of[1]);
    speaker = std::jthread([this, says = std::move(says), ends] {
      View left = says;
      while (!left.empty()) {
        const ssize_t n = ::send(theirs.get(), left.data(), left.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        left = left.subspan(static_cast<std::size_t>(n));
      }
      if (ends) ::shutdown(theirs.get(), SHUT_WR);
    });
  }
  ~Peer() {
    ours.reset();
    speaker.join();
  }
  std::unique_ptr<http::Stream> ours;
  Fd theirs;
  std::jthread speaker;
};

http::Deadline soon() {
  return http::Deadline::in(std::chrono::seconds(20));
}

TEST(Heartbeat, IsAnsweredByTheSameByte) {
  Peer parent({heartbeat_byte});
  EXPECT_TRUE(heartbeat(*parent.ours, soon()));
  Array<1> heard{};
  EXPECT_EQ(::recv(parent.theirs.get(), heard.data(), 1, 0), 1);
  EXPECT_EQ(heard[0], 0xb7);
}

TEST(Heartbeat, AnotherByteOrNoneIsNoAnswer) {
  Peer wrong({0x7b}), gone({}), silent({}, false);
  EXPECT_EQ(test::reason_of(heartbeat(*wrong.ours, soon())), "protocol_error");
  EXPECT_EQ(test::reason_of(heartbeat(*gone.ours, soon())), "unreachable");
  EXPECT_EQ(test::reason_of(heartbeat(*silent.ours, http::Deadline::in(std::chrono::milliseconds(20)))), "deadline");
}

// What a host may say in place of models. That good ones arrive is shown with real ones, tests/e2e/boot_test.py.
TEST(ModelsOfTheHost, HostileAnswersAreRefused) {
  const auto read = [](Bytes says, std::uint64_t total_max = 1U << 20) {
    Peer host(std::move(says));
    return test::reason_of(read_models(*host.ours, total_max, soon()));
  };
  const auto one = [](std::uint64_t size, std::size_t have) {
    Writer out;
    return out.u8(1).u64be(size).zeros(have).take();
  };
  EXPECT_EQ(read({}), "connection_lost");
  EXPECT_EQ(read({0}), "config_invalid");
  EXPECT_EQ(read({65}), "config_invalid");
  EXPECT_EQ(read({1, 0, 0}), "connection_lost");
  EXPECT_EQ(read(one(~std::uint64_t{0}, 0)), "config_invalid");
  EXPECT_EQ(read(one((1U << 20) + 1, 0)), "config_invalid");
  EXPECT_EQ(read(one(100, 99)), "connection_lost");
  EXPECT_EQ(read(one(100, 100)), "malformed");  // as bundle::load says of any file
  EXPECT_EQ(read(one(0, 0)), "truncated");
}

}  // namespace
}  // namespace glovebox::enclave
