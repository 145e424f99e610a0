#include "http/server.h"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace glovebox::http {
namespace {

namespace beast = boost::beast::http;
constexpr std::size_t piece_size = 16'384;
constexpr std::size_t drain_max = std::size_t{4} << 20;  // bytes read off a connection that was answered early
constexpr std::chrono::milliseconds drain_time{1'000};
constexpr std::chrono::milliseconds arriving_time{1'000};  // that every client has to send its request

Status write_answer(Stream& stream, const ServerResponse& response, Deadline deadline) {
  const std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                           std::string(beast::obsolete_reason(beast::int_to_status(response.status))) +
                           "\r\nContent-Type: " + response.content_type +
                           "\r\nContent-Length: " + std::to_string(response.body.size()) +
                           "\r\nConnection: close\r\n\r\n";
  return stream.write_all(concat({view_of(head), response.body}), deadline);
}

ServerResponse refuse(unsigned status) {
  return {status, "application/json", to_bytes(view_of("{\"status\":\"failed\"}"))};
}

// drain reads what the client still sends, for a while: closing on unread bytes would reset the connection and the
// answer with it.
void drain(Stream& stream) {
  stream.close_write();
  Bytes buffer(piece_size);
  const Deadline deadline = Deadline::in(drain_time);
  for (std::size_t total = 0; total < drain_max;) {
    const auto n = stream.read_some(buffer, deadline);
    if (!n || *n == 0) return;
    total += *n;
  }
}

}  // namespace

Status answer_one(Stream& stream, const Handler& handler, const ServerOptions& options) {
  const Deadline deadline = Deadline::in(options.timeout);
  const auto answer = [&](const ServerResponse& response) -> Status {
    const Status sent = write_answer(stream, response, deadline);
    drain(stream);
    return sent;
  };
  beast::request_parser<beast::vector_body<std::uint8_t>> parser;
  parser.header_limit(static_cast<std::uint32_t>(options.head_max));
  parser.body_limit(options.body_max);
  parser.eager(true);
  Bytes buffer(piece_size);
  Bytes rest;
  while (!parser.is_done()) {
    GLOVEBOX_TRY(n, stream.read_some(buffer, deadline));
    if (n == 0) return fail(Reject::connection_lost, "the connection ended inside a request", "a whole request");
    rest.insert(rest.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
    while (!rest.empty() && !parser.is_done()) {
      boost::system::error_code error;
      const std::size_t used = parser.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
      rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(used));
      if (error == beast::error::body_limit) return answer(refuse(413));
      if (error == beast::error::need_more || (!error && used == 0)) break;
      if (error) return answer(refuse(400));
    }
    // What the parser leaves is a line that has not ended: of the head, or before a chunk.
    if (!parser.is_done() && rest.size() > options.head_max) return answer(refuse(400));
  }
  auto& message = parser.get();
  const std::string_view target = message.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  ServerRequest request;
  request.method = std::string(message.method_string());
  request.path = std::string(target.substr(0, mark));
  request.query = std::string(target.substr(std::min(mark + 1, target.size())));
  request.body = std::move(message.body());
  return answer(handler(request));
}

namespace {

// Arriving is a connection whose request has not come whole, with what came of it.
struct Arriving {
  int socket;
  std::chrono::steady_clock::time_point since;
  Deadline deadline;
  Bytes got = {};
};

// Begun is a stream whose first bytes were read already.
class Begun final : public Stream {
 public:
  Begun(Bytes got, std::unique_ptr<Stream> rest) : got_(std::move(got)), rest_(std::move(rest)) {}
  Result<std::size_t> read_some(std::span<std::uint8_t> out, Deadline deadline) override {
    if (given_ == got_.size()) return rest_->read_some(out, deadline);
    const View piece = View(got_).subspan(given_, std::min(out.size(), got_.size() - given_));
    std::ranges::copy(piece, out.begin());
    given_ += piece.size();
    return piece.size();
  }
  Result<std::size_t> write_some(View bytes, Deadline deadline, bool or_readable) override {
    return rest_->write_some(bytes, deadline, or_readable);
  }
  void close_write() override { rest_->close_write(); }

 private:
  Bytes got_;
  std::size_t given_ = 0;
  std::unique_ptr<Stream> rest_;
};

using Parser = beast::request_parser<beast::vector_body<std::uint8_t>>;

// is_whole says whether a thread has something to do: a request that is all there, or bytes that will never be one.
bool is_whole(View got, const ServerOptions& options) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(options.head_max));
  parser.body_limit(options.body_max);
  parser.eager(true);
  while (!got.empty() && !parser.is_done()) {
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::const_buffer(got.data(), got.size()), error);
    got = got.subspan(used);
    if (error == beast::error::need_more || (!error && used == 0)) break;
    if (error) return true;
  }
  return parser.is_done() || got.size() > options.head_max;
}

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
  std::list<Arriving> arriving;  // the accepting thread's; oldest first
  std::deque<Arriving> waiting;
  bool stopping = false;
  std::vector<std::jthread> threads;  // the first accepts

  ~State() {
    for (const Arriving& one : arriving) ::close(one.socket);
    for (const Arriving& one : waiting) ::close(one.socket);
    if (listener >= 0) ::close(listener);
    if (wake >= 0) ::close(wake);
  }
  Status listen();
  void accept();
  void accept_one();
  void read_arriving(std::span<const ::pollfd> entries);
  bool read_on(Arriving& one);
  void hand_over(Arriving one);
  void serve();
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
  for (;;) {
    entries = {{listener, POLLIN, 0}, {wake, POLLIN, 0}};
    for (const Arriving& one : arriving) entries.push_back({one.socket, POLLIN, 0});
    const int wait = arriving.empty() ? -1 : arriving.front().deadline.left();
    if (::poll(entries.data(), entries.size(), wait) < 0 && errno != EINTR) return;
    if (entries[1].revents != 0) return;
    read_arriving(std::span(entries).subspan(2));
    if (entries[0].revents != 0) accept_one();
  }
}

void Server::State::accept_one() {
  const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket < 0) {
    if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (arriving.size() >= options.arriving_max) {
    if (now < arriving.front().since + arriving_time) return turn_away(socket);
    turn_away(arriving.front().socket);
    arriving.pop_front();
  }
  arriving.push_back({.socket = socket, .since = now, .deadline = Deadline::in(options.timeout)});
}

// read_arriving takes what has come, hands over what is whole, and gives up what is late. `entries` are of `arriving`.
void Server::State::read_arriving(std::span<const ::pollfd> entries) {
  auto next = arriving.begin();
  for (const ::pollfd& entry : entries) {
    const auto one = next++;
    bool whole = false;
    try {
      whole = entry.revents != 0 && read_on(*one);
    } catch (const std::exception&) {  // out of memory ends this call alone
      ::close(std::exchange(one->socket, -1));
    }
    if (whole) {
      hand_over(std::move(*one));
    } else if (one->socket >= 0) {
      if (!one->deadline.passed()) continue;
      ::close(one->socket);
    }
    arriving.erase(one);
  }
}

// read_on reads without waiting; true once the request is for a thread to serve. A connection that ended is closed, and
// its socket set to -1.
bool Server::State::read_on(Arriving& one) {
  if (options.wrap) return true;
  for (;;) {
    const std::size_t before = one.got.size();
    one.got.resize(before + piece_size);
    const ::ssize_t n = ::recv(one.socket, one.got.data() + before, piece_size, MSG_DONTWAIT);
    one.got.resize(before + static_cast<std::size_t>(std::max<::ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (n <= 0) {
      ::close(std::exchange(one.socket, -1));
      return false;
    }
    if (is_whole(one.got, options)) return true;
  }
}

void Server::State::hand_over(Arriving one) {
  const std::lock_guard lock(mutex);
  if (waiting.size() >= options.waiting_max) return turn_away(one.socket);
  waiting.push_back(std::move(one));
  more.notify_one();
}

void Server::State::serve() {
  for (;;) {
    std::unique_lock lock(mutex);
    more.wait(lock, [&] { return stopping || !waiting.empty(); });
    if (stopping) return;
    Arriving one = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    std::unique_ptr<Stream> stream = std::make_unique<Begun>(std::move(one.got), adopt(one.socket));
    try {
      if (options.wrap) {
        auto wrapped = options.wrap(std::move(stream), Deadline::in(options.timeout));
        if (!wrapped) continue;
        stream = std::move(*wrapped);
      }
      static_cast<void>(answer_one(*stream, handler, options));  // a client that went away is no one's error
    } catch (const std::exception&) {                            // out of memory ends this call alone
    }
  }
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
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(state_->wake, &one, sizeof one);
  state_->more.notify_all();
  state_->threads.clear();
}

}  // namespace glovebox::http
