#include "http/server.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "http/incoming.h"
#include "http/leaving.h"

namespace glovebox::http {
namespace {

constexpr std::size_t piece_size = 16'384;
constexpr std::size_t leaving_max = 64;                    // answered early, and still read off
constexpr std::chrono::milliseconds arriving_time{1'000};  // that every client has to send its request

// Arriving is a connection whose request has not come whole, with what came of it. It owns its socket.
struct Arriving {
  Arriving(int connected, const ServerOptions& options)
      : socket(connected), deadline(Deadline::in(options.timeout)), incoming(options) {}
  ~Arriving() {
    if (socket >= 0) ::close(socket);
  }
  Arriving(const Arriving&) = delete;
  Arriving& operator=(const Arriving&) = delete;

  int socket;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  Deadline deadline;
  Incoming incoming;
};

void turn_away(int socket) {
  static constexpr std::string_view full =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 17\r\nContent-Type: application/json\r\nConnection: "
      "close\r\n\r\n"
      "{\"status\":\"busy\"}";
  [[maybe_unused]] const auto sent = ::send(socket, full.data(), full.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::close(socket);
}

}  // namespace

struct Server::State {
  ServerOptions options;
  Handler handler;
  int listener = -1;
  int wake = -1;
  std::uint16_t port = 0;
  std::mutex mutex;
  std::condition_variable more;
  std::list<Arriving> arriving;      // the accepting thread's; oldest first
  std::list<Arriving> waiting;       // what is over; a list, so that moving one here takes no memory
  Leaving leaving{leaving_max};      // the accepting thread's
  std::vector<int> to_leave;         // sockets on the way there
  Bytes buffer = Bytes(piece_size);  // the accepting thread's
  bool stopping = false;
  std::vector<std::jthread> threads;  // the first accepts

  ~State() {
    for (const int socket : to_leave) ::close(socket);
    if (listener >= 0) ::close(listener);
    if (wake >= 0) ::close(wake);
  }
  Status listen();
  void accept();
  bool awake();
  void accept_one();
  void read_arriving(std::span<const ::pollfd> entries);
  enum class Next { wait, serve, drop };
  Next read_on(Arriving& one);
  void hand_over(std::list<Arriving>::iterator one);
  void serve();
  void answer(Arriving& one);
  void leave(int socket);
  void ring() const;
};

Status Server::State::listen() {
  ::addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  ::addrinfo* found = nullptr;
  const std::string name = options.host + ":" + std::to_string(options.port);
  if (const int error = ::getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found);
      error != 0)
    return fail(Reject::unreachable, name + ": " + ::gai_strerror(error), "an address of this machine");
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  listener = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (listener < 0 || ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(listener, found->ai_addr, found->ai_addrlen) != 0 || ::listen(listener, SOMAXCONN) != 0)
    return fail(Reject::unreachable, "cannot listen on " + name + ": " + std::strerror(errno),
                "a free address of this machine");
  ::sockaddr_storage bound{};
  ::socklen_t size = sizeof bound;
  ::getsockname(listener, reinterpret_cast<::sockaddr*>(&bound), &size);
  char service[8] = {};
  ::getnameinfo(reinterpret_cast<const ::sockaddr*>(&bound), size, nullptr, 0, service, sizeof service, NI_NUMERICSERV);
  port = static_cast<std::uint16_t>(std::strtoul(service, nullptr, 10));
  wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return fail(Reject::out_of_resources, std::strerror(errno), "an eventfd");
  return {};
}

void Server::State::accept() {
  std::vector<::pollfd> entries;
  entries.reserve(options.arriving_max + leaving_max + 2);  // all it will ever hold
  for (;;) {
    entries = {{listener, POLLIN, 0}, {wake, POLLIN, 0}};
    for (const Arriving& one : arriving) entries.push_back({one.socket, POLLIN, 0});
    const std::size_t arriving_end = entries.size();
    leaving.watch(entries);
    int wait = arriving.empty() ? -1 : arriving.front().deadline.left();
    if (leaving.size() > 0) wait = wait < 0 ? leaving.left() : std::min(wait, leaving.left());
    if (::poll(entries.data(), entries.size(), wait) < 0) {
      // Short of memory, perhaps; a server that stopped to listen would never come back.
      if (errno != EINTR) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    const std::span all(entries);
    leaving.read_off(all.subspan(arriving_end), buffer);
    read_arriving(all.subspan(2, arriving_end - 2));
    if (entries[1].revents != 0 && !awake()) return;
    if (entries[0].revents != 0) accept_one();
  }
}

// awake takes what the other threads have for this one; false once all is to end.
bool Server::State::awake() {
  std::uint64_t rung = 0;
  [[maybe_unused]] const auto n = ::read(wake, &rung, sizeof rung);
  std::vector<int> sockets;
  {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    sockets.swap(to_leave);
  }
  for (const int socket : sockets) {
    try {
      leaving.add(socket);
    } catch (const std::exception&) {  // out of memory ends this connection alone
      ::close(socket);
    }
  }
  return true;
}

void Server::State::accept_one() {
  const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket < 0) {
    if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return;
  }
  if (arriving.size() >= options.arriving_max) {
    if (std::chrono::steady_clock::now() < arriving.front().since + arriving_time) return turn_away(socket);
    turn_away(std::exchange(arriving.front().socket, -1));
    arriving.pop_front();
  }
  try {
    arriving.emplace_back(socket, options);
  } catch (const std::exception&) {  // out of memory ends this call alone
    ::close(socket);
  }
}

// read_arriving takes what has come, hands over what is over, and gives up what is late. `entries` are of `arriving`.
void Server::State::read_arriving(std::span<const ::pollfd> entries) {
  auto next = arriving.begin();
  for (const ::pollfd& entry : entries) {
    const auto one = next++;
    try {
      const Next then = entry.revents != 0 ? read_on(*one) : Next::wait;
      if (then == Next::serve)
        hand_over(one);
      else if (then == Next::drop || one->deadline.passed())
        arriving.erase(one);
    } catch (const std::exception&) {  // out of memory ends this call alone
      arriving.erase(one);
    }
  }
}

// read_on reads one piece, without waiting: whoever sends without a pause has no more of this thread than the others.
Server::State::Next Server::State::read_on(Arriving& one) {
  if (options.wrap) return Next::serve;
  const ::ssize_t n = ::recv(one.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return Next::wait;
  if (n <= 0) return Next::drop;
  one.incoming.take(View(buffer).first(static_cast<std::size_t>(n)));
  return one.incoming.over() ? Next::serve : Next::wait;
}

// hand_over gives the call to a thread. Nothing here takes memory once the mutex is held.
void Server::State::hand_over(std::list<Arriving>::iterator one) {
  const std::lock_guard lock(mutex);
  if (waiting.size() >= options.waiting_max) {
    turn_away(std::exchange(one->socket, -1));
    arriving.erase(one);
    return;
  }
  waiting.splice(waiting.end(), arriving, one);
  more.notify_one();
}

void Server::State::serve() {
  for (;;) {
    std::unique_lock lock(mutex);
    more.wait(lock, [&] { return stopping || !waiting.empty(); });
    if (stopping) return;
    std::list<Arriving> mine;
    mine.splice(mine.end(), waiting, waiting.begin());
    lock.unlock();
    try {
      answer(mine.front());
    } catch (const std::exception&) {  // out of memory ends this call alone
    }
  }
}

// answer is done with a client once its answer is written: who is slow to close, or sends on, holds no thread.
void Server::State::answer(Arriving& one) {
  const int socket = one.socket;
  std::unique_ptr<Stream> stream = adopt(socket);
  one.socket = -1;  // the stream's from here
  if (options.wrap) {
    auto wrapped = options.wrap(std::move(stream), Deadline::in(options.timeout));
    if (!wrapped) return;
    stream = std::move(*wrapped);
  }
  // A client that went away is no one's error.
  if (!answer_incoming(one.incoming, *stream, handler, options)) return;
  if (one.incoming.left_over() || has_more(*stream)) leave(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
}

// leave hands a socket whose client still sends to the accepting thread.
void Server::State::leave(int socket) {
  if (socket < 0) return;
  try {
    const std::lock_guard lock(mutex);
    to_leave.push_back(socket);
  } catch (const std::exception&) {
    ::close(socket);
    return;
  }
  ring();
}

void Server::State::ring() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake, &one, sizeof one);
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->handler = std::move(handler);
  GLOVEBOX_CHECK(state->listen());
  State* const raw = state.get();
  state->threads.emplace_back([raw] { raw->accept(); });
  for (std::size_t i = 0; i < options.threads; ++i) state->threads.emplace_back([raw] { raw->serve(); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() {
  stop();
}
std::uint16_t Server::port() const {
  return state_->port;
}

void Server::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->ring();
  state_->more.notify_all();
  state_->threads.clear();
}

}  // namespace glovebox::http
