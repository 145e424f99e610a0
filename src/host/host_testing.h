// host_testing.h: for tests: a host before a fake enclave, with clients that behave and clients that do not.
#pragma once
#include "host/fake_enclave.h"
#include "host/host.h"
#include "http/client.h"
#include "wire/message.h"

namespace glovebox::host::test {

// rest is all that comes until the end.
inline std::string rest(http::Stream& stream) {
  std::string out;
  Bytes piece(4'096);
  for (;;) {
    const auto n = stream.read_some(piece, soon());
    if (!n || *n == 0) return out;
    out += text_of(View(piece).first(*n));
  }
}

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
    host = Host::start(options).value();
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
    return rest(*stream);
  }
};

inline std::string text(const Bytes& bytes) {
  return std::string(text_of(bytes));
}

inline http::Request upload(const Bytes& body) {
  return {.method = "POST", .target = "/v1/score", .host = "localhost", .body = body};
}

// a_source makes `size` bytes of a pattern after the upload's head.
inline std::function<Result<std::size_t>(std::span<std::uint8_t>)> a_source(std::uint64_t size) {
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
inline void echo_size(Call& call) {
  std::uint64_t size = 0;
  while (auto frame = call.next()) {
    if (frame->type == wire::FrameType::data) size += frame->payload.size();
    if (frame->type != wire::FrameType::end) continue;
    call.reply(view_of(std::to_string(size)));
    call.end(wire::Word::ok);
    return;
  }
}

// An upload whose client has sent its head, `sent` bytes of 1 MB of envelope, and then nothing.
inline std::unique_ptr<http::Stream> stalled(const Front& setup, std::size_t sent) {
  auto client = setup.connect();
  static_cast<void>(
      client->write_all(concat({view_of("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000007\r\n\r\n"),
                                wire::upload_head(view_of("abc")), Bytes(sent)}),
                        soon()));
  return client;
}

}  // namespace glovebox::host::test
