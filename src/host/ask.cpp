// What the host asks for on its own account: how many requests the enclave takes at once, and the broker's keys.

#include "host/net.h"
#include "http/beast.h"
#include "wire/configuration.h"
#include "wire/frame.h"
#include "wire/info.h"

namespace glovebox::host {
namespace {

namespace beast = boost::beast::http;

Task<std::optional<std::size_t>> ask_info(Shared& shared) {
  Socket enclave(shared.io);
  if (co_await connect(enclave, endpoint_of(shared.options.enclave))) co_return std::nullopt;
  const Bytes question = wire::encode_frame(wire::FrameType::info, {});
  if (const auto [error, n] = co_await asio::async_write(enclave, asio::buffer(question), as_result); error)
    co_return std::nullopt;
  wire::FrameReader reader;
  Bytes piece(piece_size);
  Bytes answer;
  for (;;) {
    const auto [error, n] = co_await enclave.async_read_some(asio::buffer(piece), as_result);
    if (error || n == 0) co_return std::nullopt;
    View in = View(piece).first(n);
    for (;;) {
      const auto frame = reader.next(in);
      if (!frame) co_return std::nullopt;
      if (!*frame) break;
      if ((*frame)->type == wire::FrameType::reply && answer.size() <= wire::info_max) {
        answer.insert(answer.end(), (*frame)->payload.begin(), (*frame)->payload.end());
        continue;
      }
      if ((*frame)->type != wire::FrameType::status || word_of(**frame) != wire::Word::ok) co_return std::nullopt;
      const auto info = wire::parse_info(answer);
      if (!info) co_return std::nullopt;
      const auto configuration = wire::parse_configuration(info->configuration);
      if (!configuration) co_return std::nullopt;
      co_return static_cast<std::size_t>(configuration->requests_max);
    }
  }
}

}  // namespace

Task<std::optional<std::size_t>> ask_places(Shared& shared) {
  const auto places = co_await within(connect_time, ask_info(shared));
  co_return places ? *places : std::nullopt;
}

Task<bool> fetch_broker_keys(Shared& shared, Socket& socket, Bytes& keys) {
  if (co_await connect_broker(shared, socket)) co_return false;
  const http::Url& url = *shared.options.broker;
  const std::string request =
      "GET " + url.path + "/v1/keys HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n\r\n";
  const auto [error, n] = co_await asio::async_write(socket, asio::buffer(request), as_result);
  if (error) co_return false;
  beast::response_parser<beast::buffer_body> parser;
  parser.header_limit(wire::http_head_max);
  parser.body_limit(small_reply_max);
  parser.eager(true);
  keys.resize(small_reply_max);
  parser.get().body().data = keys.data();
  parser.get().body().size = keys.size();
  Bytes got;
  while (!parser.is_done()) {
    const std::size_t before = got.size();
    got.resize(before + 8'192);
    const auto [failed, size] = co_await socket.async_read_some(asio::buffer(got.data() + before, 8'192), as_result);
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
  keys.resize(keys.size() - parser.get().body().size);
  shared.record.add(keys);
  co_return parser.get().result_int() == 200;
}

}  // namespace glovebox::host
