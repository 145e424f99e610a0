// metrics.h: what the host counts, as Prometheus text. Nothing here depends on what an upload holds.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "wire/word.h"

namespace glovebox::host {

enum class Route : std::uint8_t { evidence, score, info, broker_keys, healthz, metrics, service_info, none };
constexpr std::size_t routes = 8;
std::string_view name(Route route);

struct Metrics {
  std::array<std::array<std::uint64_t, wire::words>, routes> calls{};  // by route and word
  std::uint64_t http_errors = 0;                                       // 400, 404, 405
  std::uint64_t clients_gone = 0;                                      // left before their answer
  std::uint64_t turned_away = 0;                                       // no room for the connection
  std::uint64_t connections = 0;                                       // open now
  std::uint64_t proxy_connections = 0;                                 // open now
  std::uint64_t proxy_calls = 0;
  std::uint64_t proxy_refused = 0;
  std::uint64_t upload_bytes = 0;  // client to enclave
  std::uint64_t reply_bytes = 0;   // enclave to client

  void count(Route route, wire::Word word);
  std::string text() const;
};

}  // namespace glovebox::host
