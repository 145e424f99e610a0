// layers: base wire http host
// max_len: 12288
// Bytes from the network, as a broker, a host and a client read them. How they are cut changes nothing; no body is
// longer than its bound; what is heard, written anew, is heard alike; host and broker, whose parsers are two, hear the
// same request, or only the host where it is chunked; a head that could be read in two ways is heard by nobody; and
// what a client sends is heard as it was meant.
#include <algorithm>
#include <optional>

#include "host/request_reader.h"
#include "http/client.h"
#include "http/server.h"
#include "property.h"

using namespace glovebox;
using glovebox::fuzz::require;

namespace {

constexpr std::size_t body_max = 4'096;

// Memory is a connection whose other side has said all that it will say.
class Memory final : public http::Stream {
 public:
  Memory(View input, std::size_t piece) : left_(input), piece_(piece) {}
  Result<std::size_t> read_some(std::span<std::uint8_t> out, http::Deadline) override {
    const std::size_t n = std::min({out.size(), left_.size(), piece_});
    std::ranges::copy(left_.first(n), out.begin());
    left_ = left_.subspan(n);
    return n;
  }
  Result<std::size_t> write_some(View bytes, http::Deadline, bool) override {
    require(!closed_, "nothing is written behind the end");
    written.insert(written.end(), bytes.begin(), bytes.end());
    return bytes.size();
  }
  void close_write() override { closed_ = true; }
  Bytes written;

 private:
  View left_;
  std::size_t piece_;
  bool closed_ = false;
};

struct Heard {
  std::string method, target;
  Bytes body;
  bool operator==(const Heard&) const = default;
};

std::string target_of(const http::ServerRequest& request) {
  return request.path + (request.query.empty() ? "" : "?" + request.query);
}

std::optional<Heard> at_broker(View input, std::size_t piece, Bytes* answer = nullptr) {
  Memory stream(input, piece);
  std::optional<Heard> heard;
  const auto handler = [&](const http::ServerRequest& request) {
    require(!heard, "one request is heard");
    require(request.body.size() <= body_max, "no body beyond its bound");
    heard = Heard{request.method, target_of(request), request.body};
    return http::ServerResponse{.body = request.body};
  };
  static_cast<void>(http::answer_one(stream, handler, {.body_max = body_max}));
  const std::string_view said = text_of(stream.written);
  if (heard)
    require(said.starts_with("HTTP/1.1 200 "), "what is heard is answered");
  else
    require(said.empty() || said.starts_with("HTTP/1.1 400 ") || said.starts_with("HTTP/1.1 411 ") ||
                said.starts_with("HTTP/1.1 413 "),
            "what is refused is told so");
  if (answer != nullptr) *answer = std::move(stream.written);
  return heard;
}

std::optional<Heard> at_host(View input, std::size_t piece) {
  host::RequestReader reader(body_max);
  const auto fill = [&] {
    const auto room = reader.room();
    require(!room.empty(), "there is room for what comes");
    const std::size_t n = std::min({room.size(), input.size(), piece});
    std::ranges::copy(input.first(n), room.begin());
    require(equal(reader.came(n), input.first(n)), "what comes is what was said");
    input = input.subspan(n);
    return n > 0;
  };
  std::optional<host::Ended> ended;
  while (!(ended = reader.read_head()))
    if (!fill()) return std::nullopt;
  if (*ended != host::Ended::whole) return std::nullopt;
  Heard heard{std::string(reader.head().method_string()), std::string(reader.head().target()), {}};
  if (heard.target.ends_with('?')) heard.target.pop_back();  // an empty query is none
  Bytes out(1 + piece % 1'000);
  for (;;) {
    std::size_t size = 0;
    while (!(ended = reader.read_body(out, size)))
      if (!fill()) return std::nullopt;
    if (*ended != host::Ended::whole) return std::nullopt;
    if (size == 0) return heard;
    heard.body.insert(heard.body.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
    require(heard.body.size() <= body_max, "no body beyond its bound");
  }
}

Bytes written(const Heard& heard) {
  const std::string head = heard.method + " " + heard.target +
                           " HTTP/1.1\r\nContent-Length: " + std::to_string(heard.body.size()) + "\r\n\r\n";
  return concat({view_of(head), heard.body});
}

// Shape is a slow look at a head, line by line.
struct Shape {
  int lengths = 0, codings = 0, hosts = 0;
  bool plain = true;  // each line is ended by CR LF, and none is folded
  explicit Shape(std::string_view text) {
    for (;;) {
      const std::size_t feed = text.find('\n');
      std::string line(text.substr(0, feed));
      plain = plain && feed != text.npos && line.ends_with('\r') && line.find('\r') == line.size() - 1;
      if (!plain || line == "\r") return;
      plain = !line.starts_with(' ') && !line.starts_with('\t') && !line.contains('\0');
      std::ranges::transform(line, line.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
      lengths += line.starts_with("content-length:") ? 1 : 0;
      codings += line.starts_with("transfer-encoding:") ? 1 : 0;
      hosts += line.starts_with("host:") ? 1 : 0;
      text.remove_prefix(feed + 1);
    }
  }
};

void request(View input) {
  Bytes answer, answer_in_pieces;
  const auto broker = at_broker(input, input.size() + 1, &answer);
  const auto host = at_host(input, input.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, 2 + input.size() % 61}) {
    require(at_broker(input, piece, &answer_in_pieces) == broker, "pieces do not change what a broker hears");
    require(answer_in_pieces == answer, "nor what it says");
    require(at_host(input, piece) == host, "pieces do not change what a host hears");
  }
  if (!broker && !host) return;
  const Shape shape(text_of(input));
  require(
      shape.plain && shape.lengths <= 1 && shape.codings <= 1 && shape.hosts <= 1 && shape.lengths + shape.codings <= 1,
      "what could be read in two ways is not heard");
  require(!broker || shape.codings == 0, "a broker hears no chunks");
  if (shape.codings == 0) require(broker == host, "host and broker hear the same");
  const Bytes again = written(*host);
  require(again.size() > 8'000 || (at_broker(again, again.size()) == host && at_host(again, 7) == host),
          "what is heard is heard again");
}

void response(View input) {
  const auto read = [](View bytes, std::size_t piece) {
    Memory stream(bytes, piece);
    return http::call(stream, {.host = "x"}, {.body_max = body_max}, http::Deadline::in(std::chrono::seconds(60)));
  };
  const auto whole = read(input, input.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, 2 + input.size() % 61}) {
    const auto pieces = read(input, piece);
    require(pieces.has_value() == whole.has_value(), "pieces do not decide whether an answer is taken");
    if (!whole) continue;
    require(
        pieces->status == whole->status && pieces->body == whole->body && pieces->content_type == whole->content_type,
        "pieces do not change an answer");
  }
  if (!whole) {
    const Reject why = whole.error().reason;
    require(why == Reject::connection_lost || why == Reject::protocol_error || why == Reject::too_large,
            "three reasons for an answer that is none");
    return;
  }
  require(whole->body.size() <= body_max, "no body beyond its bound");
  const std::string status = std::to_string(whole->status);
  const std::string head = "HTTP/1.1 " + std::string(3 - std::min<std::size_t>(3, status.size()), '0') + status +
                           " x\r\nContent-Type: " + whole->content_type +
                           "\r\nContent-Length: " + std::to_string(whole->body.size()) + "\r\n\r\n";
  const auto again = read(concat({view_of(head), whole->body}), 1'000);
  require(head.size() > 8'000 || (again && again->status == whole->status &&
                                  again->content_type == whole->content_type && again->body == whole->body),
          "an answer, written anew, is the same");
}

// sent makes a client's request of texts that NUL bytes part: it is refused, or heard as it was meant.
void sent(View input) {
  std::string_view text = text_of(input);
  const auto next = [&] {
    const std::string_view part = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return std::string(part);
  };
  http::Request request{.method = next(), .target = next(), .host = next(), .headers = {{next(), next()}}};
  const Bytes body = to_bytes(view_of(text));
  View left = body;
  std::uint64_t told = 0;
  const bool streamed = body.size() % 3 != 0;
  if (streamed) {
    request.source = [&](std::span<std::uint8_t> out) -> Result<std::size_t> {
      const std::size_t n = std::min({out.size(), left.size(), std::size_t{100}});
      std::ranges::copy(left.first(n), out.begin());
      left = left.subspan(n);
      return n;
    };
    request.progress = [&](std::uint64_t n) { told = n; };
    if (body.size() % 3 == 1) request.source_size = body.size();
  } else {
    request.body = body;
  }
  Memory stream(view_of("HTTP/1.1 200 OK\r\n\r\n"), 100);
  const auto answer = http::call(stream, request, {}, http::Deadline::in(std::chrono::seconds(60)));
  if (!answer) {
    require(answer.error().reason == Reject::usage && stream.written.empty(), "what breaks a line is not sent");
    return;
  }
  require(!streamed || told == body.size(), "what was sent is told");
  const auto heard = at_host(stream.written, stream.written.size());
  if (!heard) return;  // a method or a header that nobody would hear
  Heard meant{request.method, request.target, body};
  if (meant.target.ends_with('?')) meant.target.pop_back();
  require(*heard == meant, "what was sent is heard as it was meant");
}

void url(std::string_view text) {
  const auto parsed = http::parse_url(text);
  if (!parsed) return require(parsed.error().reason == Reject::usage, "one reason for an address that is none");
  const auto again = http::parse_url(parsed->text());
  require(again && *again == *parsed, "an address, written anew, is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  if (text_of(input).starts_with("HTTP/"))
    response(input);
  else if (text_of(input).starts_with("http"))
    url(text_of(input));
  else if (text_of(input).starts_with('>'))
    sent(input.subspan(1));
  else
    request(input);
  return 0;
}
