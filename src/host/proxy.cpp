// The enclave's way out: a byte stream to a name that this host was started with.
#include <fstream>

#include "base/reader.h"
#include "host/net.h"
#include "wire/message.h"
#include "wire/models.h"

namespace glovebox::host {
namespace {

constexpr std::chrono::milliseconds name_time{10'000};
constexpr std::chrono::milliseconds silence_max{120'000};  // both ways

Task<bool> read_name(Shared& shared, Socket& enclave, std::string& name) {
  wire::ProxyReader reader;
  for (std::uint8_t byte = 0;;) {  // one byte at a time: what follows the name is the broker's
    const auto [error, n] = co_await enclave.async_read_some(asio::buffer(&byte, 1), as_result);
    if (error || n == 0) co_return false;
    View in(&byte, 1);
    shared.record.add(in);
    const auto whole = reader.next(in);
    if (!whole) co_return false;
    if (!*whole) continue;
    name = reader.proxy_name();
    co_return true;
  }
}

// move passes bytes on until one side ends, then tells the other.
Task<void> move(Shared& shared, Socket& from, Socket& to, Clock::time_point& due) {
  Bytes piece(piece_size);
  ErrorCode ignored;
  for (;;) {
    const auto [error, n] = co_await from.async_read_some(asio::buffer(piece), as_result);
    if (error || n == 0) break;
    due = Clock::now() + silence_max;
    shared.record.add(View(piece).first(n));
    const auto [failed, written] = co_await asio::async_write(to, asio::buffer(piece.data(), n), as_result);
    if (failed) break;
  }
  to.shutdown(Socket::shutdown_send, ignored);
}

// send_models answers the name `models`: u8 number, then for each u64be size || file. A file that cannot be read ends
// the stream early, which the enclave says on its console.
Task<bool> send_models(Shared& shared, Socket& enclave) {
  const auto send = [&](View bytes) -> Task<bool> {
    shared.record.add(bytes);
    const auto [error, n] = co_await asio::async_write(enclave, asio::buffer(bytes.data(), bytes.size()), as_result);
    co_return !error;
  };
  const Array<2> head = {wire::proxy_connected, static_cast<std::uint8_t>(shared.options.models.size())};
  if (!co_await send(head)) co_return false;
  Bytes piece(piece_size);
  for (const std::string& path : shared.options.models) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    auto left = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
    file.seekg(0);
    Writer size;
    size.u64be(left);
    if (!file || !co_await send(size.view())) co_return false;
    while (left > 0) {
      const auto want = static_cast<std::streamsize>(std::min<std::uint64_t>(left, piece.size()));
      file.read(reinterpret_cast<char*>(piece.data()), want);
      if (file.gcount() != want || !co_await send(View(piece).first(static_cast<std::size_t>(want)))) co_return false;
      left -= static_cast<std::uint64_t>(want);
    }
  }
  co_return true;
}

Task<void> silence(Clock::time_point& due) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (Clock::now() < due) {
    timer.expires_at(due);
    const auto [error] = co_await timer.async_wait(as_result);
    if (error) co_return;
  }
}

}  // namespace

Task<void> serve_proxy(Shared& shared, Socket enclave) {
  std::string name;
  const auto named = co_await within(name_time, read_name(shared, enclave, name));
  if (!named || !*named) co_return;
  ++shared.metrics.proxy_calls;
  if (name == wire::proxy_models && !shared.options.models.empty()) {
    (void)co_await within(silence_max, send_models(shared, enclave));
    co_return;
  }
  Socket broker(shared.io);
  std::uint8_t answer = wire::proxy_refused;
  if (name == wire::proxy_broker) {
    const auto error = co_await within(connect_time, connect_broker(shared, broker));
    if (error && !*error) answer = wire::proxy_connected;
  }
  if (answer == wire::proxy_refused) ++shared.metrics.proxy_refused;
  shared.record.add(View(&answer, 1));
  const auto [error, n] = co_await asio::async_write(enclave, asio::buffer(&answer, 1), as_result);
  if (error || answer == wire::proxy_refused) co_return;
  Clock::time_point due = Clock::now() + silence_max;
  co_await ((move(shared, enclave, broker, due) && move(shared, broker, enclave, due)) || silence(due));
}

}  // namespace glovebox::host
