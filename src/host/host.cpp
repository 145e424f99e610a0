#include "host/host.h"

#include <linux/vm_sockets.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstring>
#include <thread>

#include "host/net.h"

namespace glovebox::host {

Endpoint endpoint_of(const wire::Address& address) {
  if (address.kind == wire::Address::Kind::vsock) {
    ::sockaddr_vm vm{};
    vm.svm_family = AF_VSOCK;
    vm.svm_cid = address.cid;
    vm.svm_port = address.port;
    return {&vm, sizeof vm};
  }
  ::sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::ranges::copy(address.path, local.sun_path);
  return {&local, sizeof local};
}

Task<void> sleep(std::chrono::milliseconds wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor, wait);
  co_await timer.async_wait(as_result);
}

Task<void> forever() {
  asio::steady_timer timer(co_await asio::this_coro::executor, Clock::time_point::max());
  co_await timer.async_wait(as_result);
}

Task<ErrorCode> connect(Socket& socket, Endpoint endpoint) {
  ErrorCode error;
  socket.open(endpoint.protocol(), error);
  if (error) co_return error;
  const auto [connected] = co_await socket.async_connect(endpoint, as_result);
  co_return connected;
}

Task<ErrorCode> connect_broker(Shared& shared, Socket& socket) {
  if (!shared.options.broker) co_return asio::error::host_not_found;
  const http::Url& url = *shared.options.broker;
  asio::ip::tcp::resolver resolver(shared.io);
  const auto [error, addresses] = co_await resolver.async_resolve(url.host, std::to_string(url.port), as_result);
  if (error) co_return error;
  ErrorCode last = asio::error::host_not_found;
  for (const auto& address : addresses) {
    ErrorCode ignored;
    socket.close(ignored);
    const asio::ip::tcp::endpoint endpoint = address.endpoint();
    last = co_await connect(socket, Endpoint(endpoint.data(), endpoint.size()));
    if (!last) break;
  }
  co_return last;
}

namespace {

constexpr std::chrono::milliseconds arriving_time{1'000};  // that every client has to send its request
using Serve = Task<void> (*)(Shared&, Socket);

// bind_to listens on the endpoint. A Unix socket that is left over from a host that was killed is replaced, one that
// somebody serves is not; only this user may connect to it.
Status bind_to(Acceptor& acceptor, const Endpoint& endpoint, const std::string& name, const std::string& path) {
  ErrorCode error;
  if (!path.empty()) {
    Socket probe(acceptor.get_executor());
    ErrorCode refused;
    probe.connect(endpoint, refused);
    if (refused == asio::error::connection_refused) ::unlink(path.c_str());
  }
  acceptor.open(endpoint.protocol(), error);
  if (!error && path.empty()) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  const ::mode_t mask = ::umask(path.empty() ? 022 : 077);
  if (!error) acceptor.bind(endpoint, error);
  ::umask(mask);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(Reject::unreachable, "cannot listen on " + name + ": " + error.message(),
                "a free address of this machine");
  return {};
}

// turn_away tells a client that there is no room, as far as that goes without waiting for it.
void turn_away(Socket& client) {
  static constexpr std::string_view full =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 17\r\nConnection: "
      "close\r\n\r\n"
      "{\"status\":\"busy\"}";
  ErrorCode error;
  client.non_blocking(true, error);
  client.write_some(asio::buffer(full), error);
  client.shutdown(Socket::shutdown_both, error);
}

// make_room drops the client that has been on its way with its request for longest: who is slow, or holds a connection
// open for nothing, makes room for who comes. False while all that are on their way have only just come.
bool make_room(Shared& shared) {
  for (Arriving& oldest : shared.arriving) {
    if (oldest.dropped) continue;
    if (Clock::now() < oldest.since + arriving_time) return false;
    oldest.dropped = true;
    turn_away(oldest.client);  // its session sees the end and goes
    return true;
  }
  return false;
}

// accept_all serves each connection in a coroutine of its own. `open` counts those that run.
Task<void> accept_all(Shared& shared, Acceptor& acceptor, Serve serve, std::uint64_t& open, bool clients) {
  while (!shared.stopping) {
    auto [error, socket] = co_await acceptor.async_accept(as_result);
    if (shared.stopping || error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
    if (error) {  // out of descriptors, most likely: some will be given back
      co_await sleep(std::chrono::milliseconds(50));
      continue;
    }
    if (open >= shared.options.connections_max) {
      ++shared.metrics.turned_away;  // this one, or one that makes room for it
      if (!clients) continue;
      if (!make_room(shared)) {
        turn_away(socket);
        continue;
      }
    }
    ++open;
    asio::co_spawn(shared.io, serve(shared, std::move(socket)), [&open](std::exception_ptr) { --open; });
  }
}

}  // namespace

struct Host::State {
  explicit State(const Options& options) : shared(options) {}
  ~State() {
    shared.scores.close();
    shared.calls.close();
  }
  Shared shared;
  std::optional<Acceptor> front;
  std::optional<Acceptor> behind;
  std::uint16_t port = 0;
  std::string unlink_path;
  std::jthread thread;

  Status listen();
};

Status Host::State::listen() {
  const Options& options = shared.options;
  if (options.broker && options.broker->tls)
    return fail(Reject::unsupported, options.broker->text(), "http://",
                "the host moves bytes and speaks no TLS: start the broker with --plain-listen beside its TLS address");
  ErrorCode error;
  asio::ip::tcp::resolver resolver(shared.io);
  const std::string name = options.listen_host + ":" + std::to_string(options.listen_port);
  const auto found = resolver.resolve(options.listen_host, std::to_string(options.listen_port), error);
  if (error || found.empty())
    return fail(Reject::unreachable, name + ": " + error.message(), "an address of this machine");
  const asio::ip::tcp::endpoint endpoint = found.begin()->endpoint();
  front.emplace(shared.io);
  GLOVEBOX_CHECK(bind_to(*front, Endpoint(endpoint.data(), endpoint.size()), name, ""));
  const Endpoint bound = front->local_endpoint(error);
  asio::ip::tcp::endpoint address;
  address.resize(bound.size());
  std::memcpy(address.data(), bound.data(), bound.size());
  port = address.port();
  if (options.proxy) {
    behind.emplace(shared.io);
    GLOVEBOX_CHECK(bind_to(*behind, endpoint_of(*options.proxy), to_text(*options.proxy), options.proxy->path));
    unlink_path = options.proxy->path;
  }
  return {};
}

Result<std::unique_ptr<Host>> Host::start(const Options& options) {
  try {
    auto state = std::make_unique<State>(options);
    GLOVEBOX_TRY(record, Record::open(options.record));
    state->shared.record = std::move(record);
    GLOVEBOX_CHECK(state->listen());
    Shared& shared = state->shared;
    asio::co_spawn(shared.io, accept_all(shared, *state->front, serve_client, shared.metrics.connections, true),
                   asio::detached);
    if (state->behind)
      asio::co_spawn(shared.io,
                     accept_all(shared, *state->behind, serve_proxy, shared.metrics.proxy_connections, false),
                     asio::detached);
    state->thread = std::jthread([&shared] { shared.io.run(); });
    return std::unique_ptr<Host>(new Host(std::move(state)));
  } catch (const std::exception& error) {
    return fail(Reject::out_of_resources, error.what());
  }
}

Host::Host(std::unique_ptr<State> state) : state_(std::move(state)) {}
Host::~Host() {
  stop(std::chrono::milliseconds(0));
}
std::uint16_t Host::port() const {
  return state_->port;
}

void Host::stop(std::chrono::milliseconds grace) {
  if (!state_->thread.joinable()) return;
  State& state = *state_;
  asio::post(state.shared.io, [&state, grace] {
    state.shared.stopping = true;
    ErrorCode ignored;
    state.front->close(ignored);
    if (state.behind && grace.count() == 0) state.behind->close(ignored);  // running calls may still need the way out
    asio::co_spawn(
        state.shared.io,
        [&state, grace]() -> Task<void> {
          const auto end = Clock::now() + grace;
          while (state.shared.metrics.connections > 0 && Clock::now() < end)
            co_await sleep(std::chrono::milliseconds(20));
          state.shared.io.stop();
        },
        asio::detached);
  });
  state.thread.join();
  state.shared.record.flush();
  if (!state.unlink_path.empty()) ::unlink(state.unlink_path.c_str());
}

}  // namespace glovebox::host
