// A session's client: what comes from it, and its answer.
#include "host/session.h"

namespace glovebox::host {
namespace {

constexpr std::chrono::milliseconds head_time{30'000};  // for request line and headers
constexpr std::chrono::milliseconds drain_time{2'000};
constexpr std::size_t drain_max = std::size_t{8} << 20;  // of an upload that was answered early

}  // namespace

void Session::arrived() {
  if (arriving_) shared_.arriving.erase(*arriving_);
  arriving_.reset();
}

// pace counts what came of a body: a client has so much time for every piece, however it cuts it.
void Session::pace(std::size_t size) {
  paced_ += size;
  if (paced_ < piece_size) return;
  paced_ = 0;
  kept_waiting_ = {};
}

std::chrono::milliseconds Session::kept_waiting() const {
  const auto now = waits_since_ ? Clock::now() - *waits_since_ : Clock::duration();
  return std::chrono::duration_cast<std::chrono::milliseconds>(kept_waiting_ + now);
}

Task<bool> Session::fill() {
  const std::span<std::uint8_t> room = reader_.room();
  const auto since = Clock::now();
  waits_since_ = since;
  const auto [error, n] = co_await client_.async_read_some(asio::buffer(room.data(), room.size()), as_result);
  kept_waiting_ += Clock::now() - since;
  waits_since_.reset();
  if (error || n == 0) co_return false;
  shared_.record.add(reader_.came(n));
  co_return true;
}

Task<Ended> Session::read_head() {
  for (;;) {
    if (const auto ended = reader_.read_head()) co_return *ended;
    if (!co_await fill()) co_return Ended::client_gone;
  }
}

Task<Ended> Session::read_body(std::span<std::uint8_t> out, std::size_t& size) {
  for (;;) {
    if (const auto ended = reader_.read_body(out, size)) co_return *ended;
    if (!co_await fill()) co_return Ended::client_gone;
  }
}

Task<bool> Session::send(View bytes) {
  shared_.record.add(bytes);
  const auto [error, n] = co_await asio::async_write(client_, asio::buffer(bytes.data(), bytes.size()), as_result);
  co_return !error;
}

// send_paced is for an answer that the enclave is still giving: who does not read it keeps others waiting as much as
// who does not send.
Task<bool> Session::send_paced(View bytes) {
  while (!bytes.empty()) {
    const View piece = bytes.first(std::min(bytes.size(), piece_size));
    bytes = bytes.subspan(piece.size());
    kept_waiting_ = {};
    waits_since_ = Clock::now();
    const bool sent = co_await send(piece);
    waits_since_.reset();
    if (!sent) co_return false;
  }
  co_return true;
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
  co_await leave();
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

// heard tells whether the client has said all that it had to say, as far as that is known now.
bool Session::heard() {
  if (!reader_.whole() || reader_.left_over()) return false;
  std::uint8_t byte = 0;
  return ::recv(client_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

// leave closes the connection. What the client still sends is read off for a while: closing on unread bytes would reset
// the connection, and the answer with it. Meanwhile it is the first to make room for who comes.
Task<void> Session::leave() {
  ErrorCode ignored;
  client_.shutdown(Socket::shutdown_send, ignored);
  if (heard()) co_return;
  arrived();
  arriving_ = shared_.arriving.insert(shared_.arriving.begin(), {.client = client_, .since = Clock::time_point::min()});
  const auto read_off = [this]() -> Task<bool> {
    Bytes rest(piece_size);
    for (std::size_t total = 0; total < drain_max;) {
      const auto [error, n] = co_await client_.async_read_some(asio::buffer(rest), as_result);
      if (error || n == 0) break;
      total += n;
    }
    co_return true;
  };
  co_await within(drain_time, read_off());
}

Task<void> Session::route() {
  const auto& head = reader_.head();
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
  kept_waiting_ = {};
  if (route == Route::score) co_return co_await score();
  if (!reader_.whole()) {  // a GET with a body is a smuggler's, or a mistake
    Array<1> byte;
    std::size_t size = 0;
    if (const auto ended = reader_.read_body(byte, size); ended != Ended::whole || size != 0)
      co_return co_await wrong_use(400);
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
  if (reader_.head().method() != beast::verb::post) arrived();
  co_await route();
}

Task<void> serve_client(Shared& shared, Socket client) {
  Session session(shared, std::move(client));
  co_await session.run();
}

}  // namespace glovebox::host
