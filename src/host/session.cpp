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
  if (at_ == have_) at_ = have_ = 0;
  if (at_ > 0) {
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(at_), in_.begin() + static_cast<std::ptrdiff_t>(have_),
              in_.begin());
    have_ -= at_;
    at_ = 0;
  }
  waits_since_ = Clock::now();
  const auto [error, n] =
      co_await client_.async_read_some(asio::buffer(in_.data() + have_, in_.size() - have_), as_result);
  kept_waiting_ += Clock::now() - *waits_since_;
  waits_since_.reset();
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
  kept_waiting_ = {};
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
  if (parser_->get().method() != beast::verb::post) arrived();
  co_await route();
}

Task<void> serve_client(Shared& shared, Socket client) {
  Session session(shared, std::move(client));
  co_await session.run();
}

}  // namespace glovebox::host
