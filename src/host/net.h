// net.h: Asio for the host's own .cpp files; no other file includes it. One kind of socket serves TCP, Unix sockets and
// vsock, and every wait is bounded.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "host/host.h"
#include "host/metrics.h"
#include "host/record.h"

namespace glovebox::host {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Socket = asio::generic::stream_protocol::socket;
using Endpoint = asio::generic::stream_protocol::endpoint;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
template <class T>
using Task = asio::awaitable<T>;
using namespace asio::experimental::awaitable_operators;  // NOLINT: how Asio means them to be used

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);  // errors as values
constexpr std::size_t piece_size = 65'536;                       // the most that is held of a stream in each direction
constexpr std::chrono::milliseconds connect_time{10'000};

// Shared is what all connections of one host use. One thread runs them all.
struct Shared {
  Options options;
  Metrics metrics;
  Record record;
  asio::io_context io{1};
  bool stopping = false;
};

Endpoint endpoint_of(const wire::Address& address);

// sleep waits until it is cancelled or the time has come.
Task<void> sleep(std::chrono::milliseconds wait);
// forever waits until it is cancelled.
Task<void> forever();

// within gives a task so much time; nothing if that was not enough. The task must not throw.
template <class T>
Task<std::optional<T>> within(std::chrono::milliseconds wait, Task<T> task) {
  auto done = co_await (std::move(task) || sleep(wait));
  if (done.index() == 0) co_return std::move(std::get<0>(done));
  co_return std::nullopt;
}

// connect opens a connection; the error says why not.
Task<ErrorCode> connect(Socket& socket, Endpoint endpoint);
// connect_broker finds the broker's address and connects.
Task<ErrorCode> connect_broker(Shared& shared, Socket& socket);

Task<void> serve_client(Shared& shared, Socket client);
Task<void> serve_proxy(Shared& shared, Socket enclave);

}  // namespace glovebox::host
