#include "resign.h"

#include <atomic>
#include <charconv>
#include <cstdio>
#include <functional>
#include <thread>

#include "attestation/evidence.h"
#include "base/file.h"
#include "protocol/release_call.h"
#include "sockets.h"
#include "wire/frame.h"
#include "wire/message.h"

namespace glovebox::parent {
namespace {

constexpr std::size_t piece_size = 1U << 16;
constexpr std::size_t reply_max = 1U << 20;

// pump moves bytes until one side ends; `first` hears the first byte.
void pump(int from, int to, std::atomic<int>* first = nullptr) {
  Bytes piece(piece_size);
  for (;;) {
    const ssize_t n = ::read(from, piece.data(), piece.size());
    if (n <= 0) break;
    if (first != nullptr && *first < 0) *first = piece[0];
    if (!send_all(to, View(piece).first(static_cast<std::size_t>(n)))) break;
  }
  ::shutdown(to, SHUT_WR);
}

// sign_reply takes the reply of an evidence call whole, and sends it on signed.
Status sign_reply(int from, int to, Resigner& resigner) {
  wire::FrameReader frames;
  Bytes reply;
  Bytes piece(piece_size);
  for (;;) {
    const ssize_t n = ::read(from, piece.data(), piece.size());
    if (n <= 0) return fail(Reject::connection_lost);
    View in = View(piece).first(static_cast<std::size_t>(n));
    for (;;) {
      GLOVEBOX_TRY(frame, frames.next(in));
      if (!frame) break;
      if (frame->type != wire::FrameType::status) {
        reply.insert(reply.end(), frame->payload.begin(), frame->payload.end());
        if (reply.size() > reply_max) return fail(Reject::too_large);
        continue;
      }
      const wire::Word word = wire::word_of(*frame);
      Bytes out;
      if (word == wire::Word::ok) {
        GLOVEBOX_TRY(done, resigner.evidence(reply));
        wire::append_frames(out, wire::FrameType::reply, done);
      }
      const Bytes status = wire::encode_status(word);
      out.insert(out.end(), status.begin(), status.end());
      send_all(to, out);
      return {};
    }
  }
}

void call(int near, int far, Resigner& resigner) {
  std::atomic<int> first = -1;
  std::thread towards([&] { pump(near, far, &first); });
  Array<1> peek{};
  (void)::recv(far, peek.data(), peek.size(), MSG_PEEK);  // the enclave speaks only after it was asked
  if (first == static_cast<int>(wire::FrameType::evidence)) {
    if (const auto done = sign_reply(far, near, resigner); !done)
      std::fprintf(stderr, "glovebox-test-parent: evidence: %s\n", describe(done.error()).c_str());
    ::shutdown(near, SHUT_WR);
  } else {
    pump(far, near);
  }
  towards.join();
  ::close(near);
  ::close(far);
}

// read_until_head reads an HTTP head, and what came behind it.
bool read_until_head(int from, std::string& text, std::size_t& head) {
  char piece[4096];
  while ((head = text.find("\r\n\r\n")) == std::string::npos) {
    const ssize_t n = ::read(from, piece, sizeof piece);
    if (n <= 0 || text.size() > reply_max) return false;
    text.append(piece, static_cast<std::size_t>(n));
  }
  head += 4;
  return true;
}

// sign_release sends one HTTP request of the enclave's on, with its evidence signed where it is a release call.
Status sign_release(int from, int to, Resigner& resigner) {
  std::string text;
  std::size_t head = 0;
  if (!read_until_head(from, text, head)) return fail(Reject::connection_lost, "no HTTP head");
  constexpr std::string_view length = "Content-Length: ";
  const std::size_t at = text.find(length);
  if (!text.starts_with("POST /v1/release ") || at >= head) {
    send_all(to, view_of(text));
    return {};
  }
  const std::size_t number = at + length.size();
  const std::size_t end = text.find("\r\n", number);
  std::size_t size = 0;
  std::from_chars(text.data() + number, text.data() + end, size);
  if (size > reply_max) return fail(Reject::too_large);
  Bytes body = to_bytes(view_of(text).subspan(head));
  while (body.size() < size) {
    Bytes piece(size - body.size());
    const ssize_t n = ::read(from, piece.data(), piece.size());
    if (n <= 0) return fail(Reject::connection_lost, "half a body");
    body.insert(body.end(), piece.begin(), piece.begin() + n);
  }
  GLOVEBOX_TRY(done, resigner.release_call(body));
  const std::string signed_head = text.substr(0, number) + std::to_string(done.size()) + text.substr(end, head - end);
  send_all(to, view_of(signed_head));
  send_all(to, done);
  return {};
}

void proxied(int near, int far, Resigner& resigner) {
  std::thread back([&] { pump(far, near); });
  Array<1> size{};
  Bytes name(0xff);
  if (::recv(near, size.data(), 1, MSG_WAITALL) == 1 && ::recv(near, name.data(), size[0], MSG_WAITALL) == size[0]) {
    name.resize(size[0]);
    send_all(far, size);
    send_all(far, name);
    if (text_of(name) == wire::proxy_broker) {
      if (const auto done = sign_release(near, far, resigner); !done)
        std::fprintf(stderr, "glovebox-test-parent: release: %s\n", describe(done.error()).c_str());
    }
    pump(near, far);
  }
  ::shutdown(far, SHUT_WR);
  back.join();
  ::close(near);
  ::close(far);
}

Status relay(const std::string& near, const std::string& far, std::function<void(int, int)> serve) {
  const int listener = listen_on(near);
  if (listener < 0) return fail(Reject::unreachable, near, "a path for a socket");
  std::thread([listener, far, serve = std::move(serve)] {
    for (;;) {
      const int one = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (one < 0) continue;
      const int other = connect_to(far);
      if (other < 0) {
        ::close(one);
        continue;
      }
      std::thread(serve, one, other).detach();
    }
  }).detach();
  return {};
}

}  // namespace

Resigner::Resigner(devnsm::TestRoot root, std::string kept)
    : root_(std::move(root)), signer_(root_, {}, [] { return system_now(); }), kept_(std::move(kept)) {}

Result<Bytes> Resigner::evidence(View message) {
  const std::lock_guard lock(mutex_);
  GLOVEBOX_TRY(evidence, attestation::Evidence::parse(message));
  GLOVEBOX_TRY(claims, attestation::parse_own(evidence.document));
  const auto chain = signer_.claims();
  claims.certificate = chain.certificate;
  claims.cabundle = chain.cabundle;
  evidence.document = signer_.sign(claims);
  Bytes out = evidence.encode();
  if (!kept_.empty()) {
    const std::string number = std::to_string(++number_);
    GLOVEBOX_CHECK(write_file(kept_ + "/raw-" + number, message));
    GLOVEBOX_CHECK(write_file(kept_ + "/signed-" + number, out));
  }
  return out;
}

Result<Bytes> Resigner::release_call(View body) {
  GLOVEBOX_TRY(call, protocol::ReleaseCall::parse(body));
  GLOVEBOX_TRY(done, evidence(call.evidence));
  call.evidence = std::move(done);
  return call.encode();
}

Status relay_calls(const std::string& near, const std::string& far, Resigner& resigner) {
  return relay(near, far, [&resigner](int one, int other) { call(one, other, resigner); });
}
Status relay_proxy(const std::string& near, const std::string& far, Resigner& resigner) {
  return relay(near, far, [&resigner](int one, int other) { proxied(one, other, resigner); });
}

}  // namespace glovebox::parent
