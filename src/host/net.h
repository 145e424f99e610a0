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
#include <list>
#include <optional>

#include "host/host.h"
#include "host/metrics.h"
#include "host/record.h"
#include "host/turns.h"

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
constexpr std::size_t small_reply_max = 65'536;  // of evidence, info and key statements
constexpr std::size_t calls_max = 32;            // of those, at once

// Arriving is a client that has not sent enough yet to be served.
struct Arriving {
  Socket& client;
  Clock::time_point since;
  bool dropped = false;
};

// Shared is what all connections of one host use. One thread runs them all.
struct Shared {
  explicit Shared(const Options& given)
      : options(given), scores(given.requests_max, given.waiting_max), calls(calls_max, given.connections_max) {}
  Options options;
  Metrics metrics;
  Record record;
  Turns scores;  // requests at the enclave
  Turns calls;   // evidence and information
  bool places_known = false;
  std::list<Arriving> arriving;  // oldest first
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

// ask_places asks the enclave how many requests it takes at once; nothing if it does not say.
Task<std::optional<std::size_t>> ask_places(Shared& shared);
// fetch_broker_keys gets the broker's key statements, over `socket`; false if it has none to give.
Task<bool> fetch_broker_keys(Shared& shared, Socket& socket, Bytes& keys);

Task<void> serve_client(Shared& shared, Socket client);
Task<void> serve_proxy(Shared& shared, Socket enclave);

}  // namespace glovebox::host
