#include "enclave/listener.h"

#include <sys/socket.h>

#include "support.h"

namespace glovebox::enclave {
namespace {

TEST(Listener, LetsOnlyTheParentIn) {
  EXPECT_TRUE(peer_allowed(3));
  for (const std::uint32_t cid : {0U, 1U, 2U, 4U, 16U, 0xffffffffU}) EXPECT_FALSE(peer_allowed(cid)) << cid;
}

TEST(Listener, BindsVsock) {
  const int probe = ::socket(AF_VSOCK, SOCK_STREAM, 0);
  if (probe < 0) GTEST_SKIP() << "needs AF_VSOCK, which this kernel does not have";
  ::close(probe);
  const auto listener = Listener::open(wire::parse_address("vsock:50051").value());
  ASSERT_TRUE(listener) << describe(listener.error());
  EXPECT_GE(listener->fd(), 0);
}

TEST(Listener, ReplacesASocketThatIsLeftOver) {
  const auto path = std::filesystem::temp_directory_path() / ("glovebox-listener-" + std::to_string(::getpid()));
  const auto address = wire::parse_address("unix:" + path.string()).value();
  {
    ASSERT_TRUE(Listener::open(address));
  }
  EXPECT_TRUE(Listener::open(address));
  std::filesystem::remove(path);
  ASSERT_TRUE(write_file(path, view_of("no socket")));
  EXPECT_EQ(test::reason_of(Listener::open(address)), "unreachable");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace glovebox::enclave
