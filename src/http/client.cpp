#include "http/client.h"

#include <algorithm>
#include <cstdio>

#include "http/beast.h"

namespace glovebox::http {
namespace {

namespace beast = boost::beast::http;
constexpr std::size_t piece_size = 65'536;
constexpr int interim_max = 4;  // 1xx answers before the one that counts

bool line_character(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
}

// head writes request line and headers. What would break a line, or the line apart, is refused.
Result<std::string> head(const Request& request) {
  std::string out =
      request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host + "\r\nConnection: close\r\n";
  if (!request.source && (!request.body.empty() || request.method == "POST"))
    out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  else if (request.source && request.source_size)
    out += "Content-Length: " + std::to_string(*request.source_size) + "\r\n";
  else if (request.source)
    out += "Transfer-Encoding: chunked\r\n";
  const auto bad = [](const std::string& text) { return !std::ranges::all_of(text, line_character); };
  if (bad(request.method) || bad(request.target) || bad(request.host) ||
      request.target.find(' ') != request.target.npos)
    return fail(Reject::usage, "a control character or space in a request line", "plain text");
  for (const auto& [field, value] : request.headers) {
    if (bad(field) || bad(value)) return fail(Reject::usage, "a control character in a header", "plain text");
    out += field + ": " + value + "\r\n";
  }
  return out + "\r\n";
}

// upload writes the body. It returns false once the other side has answered early or no longer takes bytes: the answer
// then says why.
Result<bool> upload(Stream& stream, const Request& request, Deadline deadline) {
  const auto send = [&](View bytes) -> Result<bool> {
    while (!bytes.empty()) {
      const Result<std::size_t> n = stream.write_some(bytes, deadline, true);
      if (!n && n.error().reason == Reject::connection_lost) return false;
      if (!n) return same(n);
      if (*n == 0) return false;
      bytes = bytes.subspan(*n);
    }
    return true;
  };
  if (!request.source) return send(request.body);
  Bytes piece(piece_size);
  std::uint64_t sent = 0;
  for (;;) {
    GLOVEBOX_TRY(n, request.source(piece));
    const View bytes = View(piece).first(n);
    if (request.source_size && (n == 0 ? sent != *request.source_size : n > *request.source_size - sent))
      return fail(Reject::internal, "a body of another size than announced", std::to_string(*request.source_size));
    char size[16];
    const int size_length = std::snprintf(size, sizeof size, "%zx\r\n", n);
    for (const View part : {request.source_size ? View() : view_of({size, static_cast<std::size_t>(size_length)}),
                            bytes, request.source_size ? View() : view_of("\r\n")}) {
      GLOVEBOX_TRY(on, send(part));
      if (!on) return false;
    }
    if (n == 0) return true;
    sent += n;
    if (request.progress) request.progress(sent);
  }
}

Result<Response> read_response(Stream& stream, const Limits& limits, Deadline deadline) {
  Bytes buffer(piece_size);
  Bytes rest;  // bytes of a head that is not whole yet: the parser wants it in one piece
  for (int interim = 0; interim <= interim_max; ++interim) {
    beast::response_parser<beast::vector_body<std::uint8_t>> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.head_max));
    parser.body_limit(limits.body_max);
    parser.eager(true);
    while (!parser.is_done()) {
      boost::system::error_code error;
      while (!rest.empty() && !parser.is_done()) {
        const std::size_t used = parser.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
        rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(used));
        if (error == beast::error::need_more || (!error && used == 0)) error = beast::error::need_more;
        if (error) break;
      }
      if (error == beast::error::need_more) error = {};
      if (error == beast::error::body_limit)
        return fail(Reject::too_large, "a longer answer", "at most " + std::to_string(limits.body_max) + " bytes");
      if (error) return fail(Reject::protocol_error, error.message(), "an HTTP/1.1 answer");
      if (parser.is_done()) break;
      // What the parser leaves is a line that has not ended: of the head, or before a chunk.
      if (rest.size() > limits.head_max)
        return fail(Reject::protocol_error, "a longer head", "at most " + std::to_string(limits.head_max) + " bytes");
      GLOVEBOX_TRY(n, stream.read_some(buffer, deadline));
      if (n == 0) {
        if (!parser.got_some())
          return fail(Reject::connection_lost, "the connection ended without an answer", "an answer");
        parser.put_eof(error);
        if (error) return fail(Reject::connection_lost, "the connection ended inside the answer", "a whole answer");
        break;
      }
      rest.insert(rest.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
    }
    auto& message = parser.get();
    if (message.result_int() / 100 == 1) continue;
    Response response;
    response.status = message.result_int();
    response.content_type = std::string(message[beast::field::content_type]);
    response.body = std::move(message.body());
    for (const auto& field : message.base()) response.headers.emplace_back(field.name_string(), field.value());
    return response;
  }
  return fail(Reject::protocol_error, "interim answers without end", "an answer");
}

}  // namespace

Result<Response> call(Stream& stream, const Request& request, const Limits& limits, Deadline deadline) {
  GLOVEBOX_TRY(lines, head(request));
  try {
    GLOVEBOX_CHECK(stream.write_all(view_of(lines), deadline));
    GLOVEBOX_TRY(whole, upload(stream, request, deadline));
    static_cast<void>(whole);  // an upload cut short has an answer that says why, or the reading fails with the cause
    return read_response(stream, limits, deadline);
  } catch (const std::exception& error) {  // Beast allocates
    return fail(Reject::out_of_resources, error.what());
  }
}

Result<std::unique_ptr<Stream>> connect_url(const Url& url, Deadline deadline) {
  if (url.tls) return fail(Reject::usage, url.text(), "http://", "this program speaks plain HTTP here");
  return connect_tcp(url.host, url.port, deadline);
}

}  // namespace glovebox::http
