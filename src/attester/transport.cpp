// The two ways to a module: an ioctl on /dev/nsm (Linux 6.8, include/uapi/linux/nsm.h), and a socket.
#include <fcntl.h>
#include <linux/ioctl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "attester/nsm.h"
#include "base/reader.h"

namespace glovebox::attester {
namespace {
using attestation::nsm::request_size_max;
using attestation::nsm::response_size_max;
constexpr int answer_milliseconds_max = 120'000;  // as the kernel's driver waits

// The layout of the kernel's header, which distributions before Linux 6.8 do not ship.
struct NsmIovec {
  std::uint64_t address;
  std::uint64_t size;
};
struct NsmRaw {
  NsmIovec request;
  NsmIovec response;
};

std::unexpected<Error> system_failure(std::string_view what) {
  return fail(Reject::platform_failed, std::string(what) + ": " + std::strerror(errno), "an answer of the module");
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class Device final : public Transport {
 public:
  explicit Device(int fd) : fd_(fd) {}

  Result<Bytes> exchange(View request) override {
    Bytes sent = to_bytes(request);
    Bytes received(response_size_max);
    NsmRaw raw{.request = {reinterpret_cast<std::uint64_t>(sent.data()), sent.size()},
               .response = {reinterpret_cast<std::uint64_t>(received.data()), received.size()}};
    const unsigned long number = _IOC(_IOC_READ | _IOC_WRITE, 0x0a, 0, sizeof(NsmRaw));
    while (::ioctl(fd_.get(), number, &raw) != 0)
      if (errno != EINTR) return system_failure("/dev/nsm");
    if (raw.response.size > received.size()) return fail(Reject::platform_failed, "a response beyond its buffer");
    received.resize(raw.response.size);
    return received;
  }

 private:
  Descriptor fd_;
};

class Socket final : public Transport {
 public:
  explicit Socket(int fd) : fd_(fd) {}

  Result<Bytes> exchange(View request) override {
    // After a failure the next bytes could belong to the answer before: the stream is not used again.
    if (broken_) return fail(Reject::platform_failed, "a connection that failed before");
    broken_ = true;
    Writer frame;
    frame.u32be(static_cast<std::uint32_t>(request.size())).bytes(request);
    GLOVEBOX_CHECK(write_all(frame.view()));
    Array<4> head{};
    GLOVEBOX_CHECK(read_all(head));
    const std::uint32_t size = Reader(head).u32be();
    if (size > response_size_max)
      return fail(Reject::platform_failed, std::to_string(size) + " bytes", "a response of at most 12288");
    Bytes response(size);
    GLOVEBOX_CHECK(read_all(response));
    broken_ = false;
    return response;
  }

 private:
  Status write_all(View bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return system_failure("the module's socket");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

  Status read_all(std::span<std::uint8_t> out) {
    while (!out.empty()) {
      pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
      const int polled = ::poll(&ready, 1, answer_milliseconds_max);
      if (polled < 0 && errno == EINTR) continue;
      if (polled == 0) return fail(Reject::platform_failed, "no answer in 120 seconds", "an answer of the module");
      const ssize_t n = ::recv(fd_.get(), out.data(), out.size(), 0);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) return fail(Reject::platform_failed, "the end of the module's socket", "an answer of the module");
      if (n < 0) return system_failure("the module's socket");
      out = out.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

  Descriptor fd_;
  bool broken_ = false;
};
}  // namespace

Result<std::unique_ptr<Transport>> open_device(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return system_failure(path.string());
  return std::make_unique<Device>(fd);
}

Result<std::unique_ptr<Transport>> adopt_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
    return fail(Reject::platform_failed, "file descriptor " + std::to_string(fd) + ", which is no stream socket",
                "the socket that glovebox-devnsm leaves open");
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return system_failure("the module's socket");
  return std::make_unique<Socket>(fd);
}

}  // namespace glovebox::attester
