// One client's connection: one call. The head is parsed by Beast; bodies pass through in pieces.
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "host/net.h"
#include "wire/frame.h"
#include "wire/message.h"

namespace glovebox::host {
namespace {

namespace beast = boost::beast::http;
using wire::Word;
constexpr std::chrono::milliseconds head_time{30'000};  // for request line and headers
constexpr std::chrono::milliseconds drain_time{2'000};
constexpr std::size_t drain_max = std::size_t{8} << 20;  // of an upload that was answered early
constexpr std::size_t held_max = std::size_t{1} << 20;   // of a reply, until its status is known; longer ones stream
constexpr std::size_t small_reply_max = 65'536;          // of evidence, info and key statements
constexpr const char* json = "application/json";

// Why a body could not be passed on, or that it was.
enum class Ended { whole, client_gone, not_http, too_large };

class Session {
 public:
  Session(Shared& shared, Socket client)
      : shared_(shared), client_(std::move(client)), enclave_(shared.io), in_(piece_size) {}
  Task<void> run();

 private:
  // the client's side
  Task<bool> fill();
  Task<Ended> read_head();
  Task<Ended> read_body(std::span<std::uint8_t> out, std::size_t& size);
  Task<bool> send(View bytes);
  Task<void> answer(unsigned status, std::string_view type, View body);
  Task<void> answer(Word word);
  Task<void> wrong_use(unsigned status);
  Task<void> drain();
  // the calls
  Task<void> route();
  Task<void> call_enclave(Route route, wire::FrameType type, View payload);
  Task<void> score();
  Task<void> broker_keys();
  Task<bool> to_enclave(wire::FrameType type, View payload);
  Task<bool> connect_enclave();
  Task<Ended> upload();
  Task<Word> replies(bool may_stream);
  Task<void> watchdog();
  Task<void> client_leaves();
  Task<void> finish(Route route, Word word, std::string_view type);

  void alive(std::chrono::milliseconds wait) { due_ = Clock::now() + wait; }

  Shared& shared_;
  Socket client_;
  Socket enclave_;
  Bytes in_;  // bytes of the client that are not parsed yet: in_[at_, have_)
  std::size_t at_ = 0;
  std::size_t have_ = 0;
  std::optional<beast::request_parser<beast::buffer_body>> parser_;
  Clock::time_point due_ = Clock::time_point::max();
  Bytes reply_;             // held until the status is known
  bool streaming_ = false;  // the answer's head is out
  bool answered_ = false;
};

Task<bool> Session::fill() {
  if (at_ == have_) at_ = have_ = 0;
  if (at_ > 0) {
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(at_), in_.begin() + static_cast<std::ptrdiff_t>(have_),
              in_.begin());
    have_ -= at_;
    at_ = 0;
  }
  const auto [error, n] =
      co_await client_.async_read_some(asio::buffer(in_.data() + have_, in_.size() - have_), as_result);
  if (error || n == 0) co_return false;
  shared_.record.add(View(in_).subspan(have_, n));
  have_ += n;
  co_return true;
}

Task<Ended> Session::read_head() {
  parser_.emplace();
  parser_->header_limit(wire::http_head_max);
  parser_->body_limit(shared_.options.upload_max + wire::request_max + 4);
  while (!parser_->is_header_done()) {
    if (have_ - at_ > wire::http_head_max) co_return Ended::not_http;
    if (!co_await fill()) co_return Ended::client_gone;
    ErrorCode error;
    at_ += parser_->put(asio::buffer(in_.data() + at_, have_ - at_), error);
    if (error == beast::error::body_limit) co_return Ended::too_large;
    if (error && error != beast::error::need_more) co_return Ended::not_http;
  }
  parser_->eager(true);
  co_return Ended::whole;
}

// read_body gives the body's next bytes; size 0 and `whole` at its end.
Task<Ended> Session::read_body(std::span<std::uint8_t> out, std::size_t& size) {
  for (;;) {
    size = 0;
    if (parser_->is_done()) co_return Ended::whole;
    auto& body = parser_->get().body();
    body.data = out.data();
    body.size = out.size();
    body.more = true;
    bool progress = false;
    if (at_ < have_) {
      ErrorCode error;
      const std::size_t used = parser_->put(asio::buffer(in_.data() + at_, have_ - at_), error);
      at_ += used;
      progress = used > 0;
      if (error == beast::error::body_limit) co_return Ended::too_large;
      if (error && error != beast::error::need_more && error != beast::error::need_buffer) co_return Ended::not_http;
    }
    size = out.size() - body.size;
    if (size > 0) co_return Ended::whole;
    if (progress || parser_->is_done()) continue;
    if (have_ - at_ == in_.size()) co_return Ended::not_http;  // a chunk's head longer than any could be
    if (!co_await fill()) co_return Ended::client_gone;
  }
}

Task<bool> Session::send(View bytes) {
  shared_.record.add(bytes);
  const auto [error, n] = co_await asio::async_write(client_, asio::buffer(bytes.data(), bytes.size()), as_result);
  co_return !error;
}

Task<void> Session::answer(unsigned status, std::string_view type, View body) {
  answered_ = true;
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  head += std::string_view(beast::obsolete_reason(beast::int_to_status(status)));
  head += "\r\nContent-Type: ";
  head += type;
  head += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  const Bytes message = concat({view_of(head), body});
  co_await within(shared_.options.idle, send(message));
  co_await drain();
}

Task<void> Session::answer(Word word) {
  const std::string body = to_json(word);
  co_await answer(http_status(word), json, view_of(body));
}

Task<void> Session::wrong_use(unsigned status) {
  ++shared_.metrics.http_errors;
  const std::string body = to_json(Word::failed);
  co_await answer(status, json, view_of(body));
}

// drain reads for a while what the client still sends: closing on unread bytes would reset the connection, and the
// answer with it.
Task<void> Session::drain() {
  ErrorCode ignored;
  client_.shutdown(Socket::shutdown_send, ignored);
  const auto read_off = [this]() -> Task<bool> {
    for (std::size_t total = 0; total < drain_max;) {
      const auto [error, n] = co_await client_.async_read_some(asio::buffer(in_), as_result);
      if (error || n == 0) break;
      total += n;
    }
    co_return true;
  };
  co_await within(drain_time, read_off());
}

Task<bool> Session::connect_enclave() {
  const auto connected = co_await within(connect_time, connect(enclave_, endpoint_of(shared_.options.enclave)));
  co_return connected && !*connected;
}

Task<bool> Session::to_enclave(wire::FrameType type, View payload) {
  const auto head = wire::frame_head(type, payload.size());
  shared_.record.add(head);
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head), asio::buffer(payload.data(), payload.size())};
  const auto [error, n] = co_await asio::async_write(enclave_, parts, as_result);
  co_return !error;
}

// upload passes the body on and then waits for the client to leave. It ends early only for a fault of the client's:
// what ends on the enclave's side is `replies`' to see.
Task<Ended> Session::upload() {
  wire::UploadReader front;
  Bytes piece(piece_size);
  bool open = true;
  while (open) {
    std::size_t size = 0;
    const Ended ended = co_await read_body(piece, size);
    if (ended != Ended::whole) co_return ended;
    if (size == 0) break;
    alive(shared_.options.idle);
    shared_.metrics.upload_bytes += size;
    View in = View(piece).first(size);
    if (!front.whole()) {
      const auto whole = front.next(in);
      if (!whole) co_return whole.error().reason == Reject::too_large ? Ended::too_large : Ended::not_http;
      if (*whole) open = co_await to_enclave(wire::FrameType::score, front.request());
    }
    if (open && front.whole() && !in.empty()) open = co_await to_enclave(wire::FrameType::data, in);
    alive(shared_.options.idle);
  }
  if (!front.whole() && open) co_return Ended::not_http;
  if (open) open = co_await to_enclave(wire::FrameType::end, {});
  alive(open ? shared_.options.timeout : shared_.options.idle);
  co_await client_leaves();
  co_return Ended::client_gone;
}

// client_leaves returns when the client has closed the connection. Bytes that it sends beyond its request are left
// alone.
Task<void> Session::client_leaves() {
  const auto [error] = co_await client_.async_wait(Socket::wait_read, as_result);
  if (!error) {
    std::uint8_t byte = 0;
    const ::ssize_t n = at_ < have_ ? 1 : ::recv(client_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0) co_await forever();
  }
}

// replies collects the enclave's answer, and returns its word; `failed` for an enclave that goes away or that speaks
// something else.
Task<Word> Session::replies(bool may_stream) {
  wire::FrameReader reader;
  Bytes piece(piece_size);
  for (;;) {
    const auto [error, n] = co_await enclave_.async_read_some(asio::buffer(piece), as_result);
    if (error || n == 0) co_return Word::failed;
    shared_.record.add(View(piece).first(n));
    View in = View(piece).first(n);
    for (;;) {
      const auto frame = reader.next(in);
      if (!frame) co_return Word::failed;
      if (!*frame) break;
      if ((*frame)->type == wire::FrameType::status) co_return word_of(**frame);
      if ((*frame)->type != wire::FrameType::reply) co_return Word::failed;
      const View payload = (*frame)->payload;
      shared_.metrics.reply_bytes += payload.size();
      reply_.insert(reply_.end(), payload.begin(), payload.end());
      if (reply_.size() <= (may_stream ? held_max : small_reply_max)) continue;
      if (!may_stream) co_return Word::failed;
      // Too long to hold: the head goes out as `ok`. If the status says otherwise in the end, the answer stays
      // unfinished.
      const bool chunked = parser_->get().version() >= 11;
      std::string out;
      if (!streaming_)
        out = std::string("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n") +
              (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
      streaming_ = answered_ = true;
      char size[24] = "";
      if (chunked) std::snprintf(size, sizeof size, "%zx\r\n", reply_.size());
      out += size;
      const Bytes message = concat({view_of(out), reply_, view_of(chunked ? "\r\n" : "")});
      reply_.clear();
      if (!co_await send(message)) co_return Word::failed;
      alive(shared_.options.timeout);
    }
  }
}

Task<void> Session::watchdog() {
  // due_ may come nearer while this sleeps, but never nearer than the shorter of the two waits.
  const auto step = std::min(shared_.options.idle, shared_.options.timeout);
  asio::steady_timer timer(shared_.io);
  while (Clock::now() < due_) {
    timer.expires_at(std::min(due_, Clock::now() + step));
    const auto [error] = co_await timer.async_wait(as_result);
    if (error) co_return;
  }
}

Task<void> Session::finish(Route route, Word word, std::string_view type) {
  ErrorCode ignored;
  enclave_.close(ignored);
  shared_.metrics.count(route, word);
  if (!streaming_) {
    if (word != Word::ok) co_return co_await answer(word);
    co_return co_await answer(200, type, reply_);
  }
  if (word == Word::ok) {
    const bool chunked = parser_->get().version() >= 11;
    std::string last;
    if (chunked) {
      char size[24] = "";
      std::snprintf(size, sizeof size, "%zx\r\n", reply_.size());
      last = reply_.empty() ? "0\r\n\r\n" : std::string(size) + std::string(text_of(reply_)) + "\r\n0\r\n\r\n";
    } else {
      last = text_of(reply_);
    }
    co_await within(shared_.options.idle, send(view_of(last)));
    co_return co_await drain();
  }
  client_.set_option(asio::socket_base::linger(true, 0), ignored);  // a reset: nobody takes the answer for a whole one
}

Task<void> Session::call_enclave(Route route, wire::FrameType type, View payload) {
  if (!co_await connect_enclave()) co_return co_await finish(route, Word::failed, json);
  alive(shared_.options.timeout);
  const auto ask = [&]() -> Task<Word> {
    if (!co_await to_enclave(type, payload)) co_return Word::failed;
    co_return co_await replies(false);
  };
  const auto done = co_await (ask() || client_leaves() || watchdog());
  if (done.index() == 1) {
    ++shared_.metrics.clients_gone;
    co_return;
  }
  co_await finish(route, done.index() == 0 ? std::get<0>(done) : Word::deadline, "application/cbor");
}

Task<void> Session::score() {
  if (!co_await connect_enclave()) co_return co_await finish(Route::score, Word::failed, json);
  if (parser_->get()[beast::field::expect] == "100-continue")
    if (!co_await send(view_of("HTTP/1.1 100 Continue\r\n\r\n"))) co_return;
  alive(shared_.options.idle);
  const auto done = co_await (upload() || replies(true) || watchdog());
  if (done.index() == 1) co_return co_await finish(Route::score, std::get<1>(done), "application/octet-stream");
  if (done.index() == 2) co_return co_await finish(Route::score, Word::deadline, json);
  switch (std::get<0>(done)) {
    case Ended::not_http: {
      ErrorCode ignored;
      enclave_.close(ignored);
      co_return co_await wrong_use(400);
    }
    case Ended::too_large:
      co_return co_await finish(Route::score, Word::too_large, json);
    default:
      ++shared_.metrics.clients_gone;
  }
}

// broker_keys passes the broker's key statements on: signed, so that passing them on is all a host can do.
Task<void> Session::broker_keys() {
  const auto ask = [&]() -> Task<bool> {
    if (co_await connect_broker(shared_, enclave_)) co_return false;
    const http::Url& url = *shared_.options.broker;
    const std::string request =
        "GET " + url.path + "/v1/keys HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n\r\n";
    const auto [error, n] = co_await asio::async_write(enclave_, asio::buffer(request), as_result);
    if (error) co_return false;
    beast::response_parser<beast::buffer_body> parser;
    parser.header_limit(wire::http_head_max);
    parser.body_limit(small_reply_max);
    parser.eager(true);
    reply_.resize(small_reply_max);
    parser.get().body().data = reply_.data();
    parser.get().body().size = reply_.size();
    Bytes got;
    while (!parser.is_done()) {
      const std::size_t before = got.size();
      got.resize(before + 8'192);
      const auto [failed, size] =
          co_await enclave_.async_read_some(asio::buffer(got.data() + before, 8'192), as_result);
      got.resize(before + (failed ? 0 : size));
      if (failed || got.size() > small_reply_max + wire::http_head_max) co_return false;
      while (!got.empty() && !parser.is_done()) {
        ErrorCode bad;
        const std::size_t used = parser.put(asio::buffer(got), bad);
        got.erase(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(used));
        if (bad == beast::error::need_more || (!bad && used == 0)) break;
        if (bad) co_return false;
      }
    }
    reply_.resize(reply_.size() - parser.get().body().size);
    shared_.record.add(reply_);
    co_return parser.get().result_int() == 200;
  };
  const auto done = co_await within(connect_time, ask());
  co_await finish(Route::broker_keys, !done ? Word::deadline : *done ? Word::ok : Word::failed, "application/cbor");
}

Task<void> Session::route() {
  const auto& head = parser_->get();
  const std::string_view target = head.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string path(target.substr(0, mark));
  const std::string query(target.substr(std::min(mark + 1, target.size())));
  constexpr std::string_view paths[] = {"/v1/evidence", "/v1/score", "/v1/info",     "/v1/broker/keys",
                                        "/healthz",     "/metrics",  "/service-info"};
  const auto* const found = std::ranges::find(paths, path);
  if (found == std::end(paths)) co_return co_await wrong_use(404);
  const auto route = static_cast<Route>(found - std::begin(paths));
  if (head.method() != (route == Route::score ? beast::verb::post : beast::verb::get))
    co_return co_await wrong_use(405);
  if (route == Route::score) co_return co_await score();
  if (!parser_->is_done()) {  // a GET with a body is a smuggler's, or a mistake
    ErrorCode error;
    parser_->put(asio::buffer(in_.data() + at_, have_ - at_), error);
    if (!parser_->is_done()) co_return co_await wrong_use(400);
  }
  switch (route) {
    case Route::evidence: {
      if (!query.starts_with("nonce=")) co_return co_await wrong_use(400);
      const auto nonce = from_hex(query.substr(6));
      if (!nonce || nonce->size() != wire::nonce_size) co_return co_await wrong_use(400);
      co_return co_await call_enclave(route, wire::FrameType::evidence, *nonce);
    }
    case Route::info:
      co_return co_await call_enclave(route, wire::FrameType::info, {});
    case Route::broker_keys:
      co_return co_await broker_keys();
    case Route::healthz:
      co_return co_await answer(200, json, view_of(R"({"status":"ok"})"));
    case Route::metrics: {
      const std::string text = shared_.metrics.text();
      co_return co_await answer(200, "text/plain; version=0.0.4", view_of(text));
    }
    default: {
      const std::string text =
          R"({"id":"glovebox.host","name":"glovebox","description":"Scores a sealed genome inside an enclave; this host cannot )"
          R"(read it","type":{"group":"org.glovebox","artifact":"glovebox-score","version":"1.0.0"},"organization":{"name":)"
          R"("glovebox","url":"https://example.org/glovebox"},"version":")" GLOVEBOX_VERSION R"("})";
      co_return co_await answer(200, json, view_of(text));
    }
  }
}

Task<void> Session::run() {
  const auto head = co_await within(head_time, read_head());
  if (!head || *head == Ended::client_gone) co_return;
  if (*head == Ended::too_large) {
    shared_.metrics.count(Route::score, Word::too_large);
    co_return co_await answer(Word::too_large);
  }
  if (*head == Ended::not_http) co_return co_await wrong_use(400);
  co_await route();
}

}  // namespace

Task<void> serve_client(Shared& shared, Socket client) {
  Session session(shared, std::move(client));
  co_await session.run();
}

}  // namespace glovebox::host
