// fake_enclave.h: for tests: something that speaks frames on a Unix socket, and a broker that echoes.
#pragma once
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "http/stream.h"
#include "wire/frame.h"

namespace glovebox::host::test {

inline http::Deadline soon() {
  return http::Deadline::in(std::chrono::seconds(20));
}

// Folder is a temporary folder of this test.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "glovebox-host-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

// Call is one connection as an enclave sees it.
struct Call {
  http::Stream& stream;
  wire::FrameReader reader = {};
  Bytes piece = Bytes(100'000);
  View in = {};

  struct Frame {
    wire::FrameType type;
    Bytes payload;
  };
  // next waits for a frame; nothing when the connection ends.
  std::optional<Frame> next() {
    for (;;) {
      auto frame = reader.next(in);
      if (!frame) return std::nullopt;
      if (*frame) return Frame{(*frame)->type, to_bytes((*frame)->payload)};
      const auto n = stream.read_some(piece, soon());
      if (!n || *n == 0) return std::nullopt;
      in = View(piece).first(*n);
    }
  }
  void reply(View bytes) {
    Bytes out;
    wire::append_frames(out, wire::FrameType::reply, bytes);
    static_cast<void>(stream.write_all(out, soon()));
  }
  void end(wire::Word word) { static_cast<void>(stream.write_all(wire::encode_status(word), soon())); }
};

// FakeEnclave runs `serve` for each connection in a thread.
class FakeEnclave {
 public:
  FakeEnclave(const std::string& path, std::function<void(Call&)> serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    if (::bind(listener_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 128) != 0)
      std::abort();
    acceptor_ = std::jthread([this] { accept(); });
  }
  ~FakeEnclave() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    calls_.clear();
    ::close(listener_);
  }
  FakeEnclave(const FakeEnclave&) = delete;
  FakeEnclave& operator=(const FakeEnclave&) = delete;

 private:
  void accept() {
    for (;;) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      calls_.emplace_back([this, socket] {
        const auto stream = http::adopt(socket);
        Call call{*stream};
        serve_(call);
      });
    }
  }
  std::function<void(Call&)> serve_;
  int listener_;
  std::vector<std::jthread> calls_;
  std::jthread acceptor_;
};

}  // namespace glovebox::host::test
