// A session's calls: what it asks of the enclave and the broker, and how long it waits.
#include "host/session.h"

namespace glovebox::host {
namespace {

constexpr std::chrono::milliseconds watch_time{1'000};
constexpr std::chrono::milliseconds let_go_time{2'000};
constexpr std::size_t held_max = std::size_t{1} << 20;  // of a reply, until its status is known; longer ones stream

}  // namespace

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

// read_front reads the signed request and as much of the envelope as is held: most uploads whole. Until then a client
// holds no place, however slow it is.
Task<Ended> Session::read_front() {
  Bytes piece(piece_size);
  while (held_.size() < front_max) {
    std::size_t size = 0;
    const Ended ended = co_await read_body(piece, size);
    if (ended != Ended::whole) co_return ended;
    if (size == 0) break;
    pace(size);
    shared_.metrics.upload_bytes += size;
    View in = View(piece).first(size);
    if (!front_.whole())
      if (const auto whole = front_.next(in); !whole)
        co_return whole.error().reason == Reject::too_large ? Ended::too_large : Ended::not_http;
    held_.insert(held_.end(), in.begin(), in.end());
  }
  co_return front_.whole() ? Ended::whole : Ended::not_http;
}

// upload passes the body on and then waits for the client to leave. It ends early only for a fault of the client's:
// what ends on the enclave's side is `replies`' to see.
Task<Ended> Session::upload() {
  Bytes piece(piece_size);
  bool open = co_await to_enclave(wire::FrameType::score, front_.request());
  for (View held = held_; open && !held.empty(); held = held.subspan(std::min(held.size(), piece_size))) {
    open = co_await to_enclave(wire::FrameType::data, held.first(std::min(held.size(), piece_size)));
    alive(shared_.options.idle);
  }
  held_ = Bytes();
  while (open) {
    std::size_t size = 0;
    const Ended ended = co_await read_body(piece, size);
    if (ended != Ended::whole) co_return ended;
    if (size == 0) break;
    pace(size);
    alive(shared_.options.idle);
    shared_.metrics.upload_bytes += size;
    open = co_await to_enclave(wire::FrameType::data, View(piece).first(size));
    alive(shared_.options.idle);
  }
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
    const ::ssize_t n = reader_.left_over() ? 1 : ::recv(client_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
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
      const bool chunked = reader_.head().version() >= 11;
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
      if (!co_await send_paced(message)) co_return Word::failed;
      alive(shared_.options.timeout);
    }
  }
}

Task<Late> Session::watchdog() {
  // due_ may come nearer while this sleeps, but never nearer than the shorter of the two waits.
  const auto step = std::min({shared_.options.idle, shared_.options.timeout, shared_.options.crowded, watch_time});
  asio::steady_timer timer(shared_.io);
  for (;;) {
    if (Clock::now() >= due_ || kept_waiting() >= shared_.options.idle) co_return Late::silent;
    if (turn_ && shared_.scores.waiting() > 0 && kept_waiting() >= shared_.options.crowded) co_return Late::crowded;
    timer.expires_at(std::min(due_, Clock::now() + step));
    const auto [error] = co_await timer.async_wait(as_result);
    if (error) co_return Late::silent;
  }
}

Task<void> Session::finish(Route route, Word word, std::string_view type) {
  ErrorCode ignored;
  enclave_.close(ignored);
  turn_.give_back();
  // Another enclave may be there now, or others use this one too: its places are asked for again.
  if (word == Word::busy || word == Word::failed) shared_.places_known = false;
  shared_.metrics.count(route, word);
  if (!streaming_) {
    if (word != Word::ok) co_return co_await answer(word);
    co_return co_await answer(200, type, reply_);
  }
  if (word == Word::ok) {
    const bool chunked = reader_.head().version() >= 11;
    std::string last;
    if (chunked) {
      char size[24] = "";
      std::snprintf(size, sizeof size, "%zx\r\n", reply_.size());
      last = reply_.empty() ? "0\r\n\r\n" : std::string(size) + std::string(text_of(reply_)) + "\r\n0\r\n\r\n";
    } else {
      last = text_of(reply_);
    }
    co_await within(shared_.options.idle, send(view_of(last)));
    co_return co_await leave();
  }
  client_.set_option(asio::socket_base::linger(true, 0), ignored);  // a reset: nobody takes the answer for a whole one
}

Task<void> Session::call_enclave(Route route, wire::FrameType type, View payload) {
  co_await shared_.calls.take(turn_, connect_time);
  if (!turn_) co_return co_await finish(route, Word::busy, json);
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

// take_turn waits for a place at the enclave: `ok` once there is one, nothing if the client left.
Task<std::optional<Word>> Session::take_turn() {
  if (!shared_.places_known) {
    const auto places = shared_.options.requests_max != 0 ? shared_.options.requests_max : co_await ask_places(shared_);
    if (!places) co_return Word::failed;
    shared_.scores.places(*places);
    shared_.places_known = true;
  }
  const auto left = co_await (shared_.scores.take(turn_, shared_.options.wait) || client_leaves());
  if (left.index() == 1) co_return std::nullopt;
  co_return turn_ ? Word::ok : Word::busy;
}

// let_go ends a call that the enclave has not ended, and its place with it: it is free once the enclave has seen that.
Task<void> Session::let_go() {
  ErrorCode ignored;
  enclave_.shutdown(Socket::shutdown_send, ignored);
  const auto read_off = [this]() -> Task<bool> {
    Bytes piece(piece_size);
    for (;;) {
      const auto [error, n] = co_await enclave_.async_read_some(asio::buffer(piece), as_result);
      if (error || n == 0) co_return true;
    }
  };
  co_await within(let_go_time, read_off());
  enclave_.close(ignored);
  turn_.give_back();
}

// gone answers, where that makes sense, a client whose body ended before its time.
Task<void> Session::gone(Ended ended) {
  if (ended == Ended::not_http) co_return co_await wrong_use(400);
  if (ended == Ended::too_large) co_return co_await finish(Route::score, Word::too_large, json);
  ++shared_.metrics.clients_gone;
}

Task<void> Session::score() {
  if (reader_.head()[beast::field::expect] == "100-continue")
    if (!co_await send(view_of("HTTP/1.1 100 Continue\r\n\r\n"))) co_return;
  kept_waiting_ = {};
  const auto front = co_await (read_front() || watchdog());
  if (front.index() == 1) co_return co_await finish(Route::score, Word::deadline, json);
  if (std::get<0>(front) != Ended::whole) co_return co_await gone(std::get<0>(front));
  arrived();
  const auto asked = Clock::now();
  const auto word = co_await take_turn();
  if (!word) co_return co_await gone(Ended::client_gone);
  if (*word != Word::ok) co_return co_await finish(Route::score, *word, json);
  if (!co_await connect_enclave()) co_return co_await finish(Route::score, Word::failed, json);
  alive(shared_.options.idle);
  // Who waited had time to send the next piece: it should be here, or all who stall would be waited for one by one.
  kept_waiting_ = std::min<Clock::duration>(Clock::now() - asked, shared_.options.crowded * 4 / 5);
  const auto done = co_await (upload() || replies(true) || watchdog());
  if (done.index() != 1) co_await let_go();
  if (done.index() == 0) co_return co_await gone(std::get<0>(done));
  if (done.index() == 1) co_return co_await finish(Route::score, std::get<1>(done), "application/octet-stream");
  const bool crowded = std::get<2>(done) == Late::crowded;
  co_await finish(Route::score, crowded ? Word::busy : Word::deadline, json);
}

// broker_keys passes the broker's key statements on: signed, so that passing them on is all a host can do.
Task<void> Session::broker_keys() {
  const auto done = co_await within(connect_time, fetch_broker_keys(shared_, enclave_, reply_));
  co_await finish(Route::broker_keys, !done ? Word::deadline : *done ? Word::ok : Word::failed, "application/cbor");
}

}  // namespace glovebox::host
