#include "host/metrics.h"

namespace glovebox::host {

std::string_view name(Route route) {
  constexpr std::string_view names[routes] = {"evidence", "score",   "info",         "broker_keys",
                                              "healthz",  "metrics", "service_info", "none"};
  return names[static_cast<std::uint8_t>(route)];
}

void Metrics::count(Route route, wire::Word word) {
  ++calls[static_cast<std::uint8_t>(route)][static_cast<std::uint8_t>(word)];
}

std::string Metrics::text() const {
  std::string out =
      "# HELP glovebox_host_calls_total Calls answered, by route and word.\n# TYPE glovebox_host_calls_total counter\n";
  for (std::size_t r = 0; r < routes; ++r)
    for (std::uint8_t w = 0; w < wire::words; ++w)
      if (calls[r][w] != 0)
        out += "glovebox_host_calls_total{route=\"" + std::string(name(static_cast<Route>(r))) + "\",status=\"" +
               std::string(wire::name(static_cast<wire::Word>(w))) + "\"} " + std::to_string(calls[r][w]) + "\n";
  const auto add = [&](const std::string& metric, const char* help, const char* type, std::uint64_t value) {
    out += "# HELP glovebox_host_" + metric + " " + help + "\n# TYPE glovebox_host_" + metric + " " + type +
           "\nglovebox_host_" + metric + " " + std::to_string(value) + "\n";
  };
  add("http_errors_total", "Requests that were no proper use of HTTP.", "counter", http_errors);
  add("clients_gone_total", "Clients that left before their answer.", "counter", clients_gone);
  add("turned_away_total", "Connections for which there was no room.", "counter", turned_away);
  add("connections", "Client connections open now.", "gauge", connections);
  add("proxy_connections", "Byte-proxy connections open now.", "gauge", proxy_connections);
  add("proxy_calls_total", "Byte-proxy connections made for the enclave.", "counter", proxy_calls);
  add("proxy_refused_total", "Byte-proxy connections refused or not reachable.", "counter", proxy_refused);
  add("upload_bytes_total", "Sealed bytes from clients to the enclave.", "counter", upload_bytes);
  add("reply_bytes_total", "Sealed bytes from the enclave to clients.", "counter", reply_bytes);
  return out;
}

}  // namespace glovebox::host
